'use strict';
/** The install script of the package. Puts the executable of this platform in the launchers' place; where no package fits this platform, builds the addon from the sources in this package. */
const { spawnSync } = require('node:child_process');
const { copyFileSync, existsSync, linkSync, renameSync, rmSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { version } = require('./package.json');

function fail(sentence) {
  console.error(`@tsrun/runtime: ${sentence}`);
  process.exit(1);
}

const succeeds = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/** pnpm and Yarn may have made a script that calls `sh bin/tsrun.bin`: they keep the launchers. So does what cannot be written to. */
function replaceLaunchers() {
  if (!process.env.npm_config_user_agent?.startsWith('npm/')) return;
  const executable = ['gnu', 'musl'].map(executableOf).find((file) => file !== undefined && succeeds(file, '--version'));
  if (executable === undefined) return;
  for (const launcher of ['bin/tsrun.bin', 'bin/containerd-shim-tsrun-v2.bin']) {
    try {
      replaceBy(executable, join(__dirname, launcher));
    } catch (error) {
      console.error(`@tsrun/runtime: ${launcher} stays a launcher of the executable: ${error.message}`);
    }
  }
}

function replaceBy(executable, launcher) {
  const temporary = `${launcher}.new`;
  rmSync(temporary, { force: true });
  try {
    linkSync(executable, temporary);
  } catch {
    // Another file system, or one without links.
    copyFileSync(executable, temporary);
  }
  renameSync(temporary, launcher);
  // It is still there if it was the same file: then rename(2) does nothing.
  rmSync(temporary, { force: true });
}

function executableOf(libc) {
  try {
    const manifest = require.resolve(`@tsrun/linux-${process.arch}-${libc}/package.json`);
    return require(manifest).version === version ? join(dirname(manifest), 'bin/tsrun') : undefined;
  } catch {
    return undefined;
  }
}

function addonLoads() {
  return succeeds(process.execPath, join(__dirname, 'addon.cjs'));
}

/** How libseccomp can be linked: statically if the compiler finds the library. */
function seccompLinking() {
  const { status, stdout } = spawnSync('gcc', ['-print-file-name=libseccomp.a'], { encoding: 'utf8' });
  return status === 0 && stdout.includes('/') ? 'static' : 'shared';
}

function buildAddon() {
  console.error(`@tsrun/runtime: no package fits linux ${process.arch} with this C library: building the addon from source`);
  const missing = ['make', 'g++', 'python3'].filter((tool) => !succeeds(tool, '--version'));
  if (missing.length > 0)
    fail(`building the addon needs ${missing.join(', ')}: install them (Debian: g++ make python3), then install this package again`);
  if (!existsSync('/usr/include/seccomp.h')) {
    fail(
      "building the addon needs libseccomp's headers: install libseccomp-dev (Debian, Alpine) or libseccomp-devel (Fedora), then install this package again",
    );
  }
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const gyp = process.env.npm_config_node_gyp;
  const [program, ...first] = gyp === undefined ? ['node-gyp'] : [process.execPath, gyp];
  const { status, error } = spawnSync(
    program,
    [...first, 'rebuild', '--loglevel=warn', '--jobs=max', ...headers, '--', `-Dseccomp=${seccompLinking()}`],
    {
      cwd: __dirname,
      stdio: ['ignore', 2, 2],
    },
  );
  if (error !== undefined) fail(`building the addon needs node-gyp (${error.message}): install it with npm install --global node-gyp`);
  if (status !== 0 || !addonLoads()) fail('the addon could not be built: the compiler output is above (npm: use --foreground-scripts)');
}

replaceLaunchers();
if (!addonLoads()) buildAddon();
