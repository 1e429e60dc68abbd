/**
 * Usage: node scripts/package/npm/pack.mjs [DIRECTORY]
 *
 * Packs `@tsrun/runtime` and a package for each platform that has been built into DIRECTORY (default: build/packages), and prints the
 * files. These are this platform, in `dist/`, and the platforms in `build/targets/PLATFORM/` (scripts/package.sh cross).
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundleForNode } from '../../bundle.mjs';
import { addonGyp } from './gyp.mjs';
import { ownPlatform, platforms } from './platforms.mjs';

const output = resolve(process.argv[2] ?? 'build/packages');
process.chdir(resolve(import.meta.dirname, '../../..'));
const stage = 'build/npm';
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { version, license, engines, description } = manifest;
const here = 'scripts/package/npm';

/** Of the package of every platform: the same launcher under the two names that the executable has. */
const programs = ['bin/tsrun.bin', 'bin/containerd-shim-tsrun-v2.bin'];

function copy(from, to, mode = 0o644) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}
const write = (file, document) => writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);

function pack(directory) {
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', output], { cwd: directory, encoding: 'utf8' }),
  );
  return join(output, filename);
}

/** Where the executable and the addon of a platform are. */
const builtIn = (name) => (name === ownPlatform() ? 'dist' : `build/targets/${name}`);
const built = Object.keys(platforms).filter((name) => existsSync(join(builtIn(name), 'tsrun.node')));

function stagePlatform(name) {
  const { cpu, libc } = platforms[name];
  const directory = join(stage, name);
  copy(join(builtIn(name), 'tsrun'), join(directory, 'bin/tsrun'), 0o755);
  copy(join(builtIn(name), 'tsrun.node'), join(directory, 'tsrun.node'), 0o755);
  copy('LICENSE', join(directory, 'LICENSE'));
  copy('scripts/package/debian/copyright', join(directory, 'COPYRIGHT'));
  writeFileSync(
    join(directory, 'README.md'),
    `# @tsrun/${name}\nThe executable and the addon of \`@tsrun/runtime\` for Linux on ${cpu} with ${libc}. Install \`@tsrun/runtime\`, which picks it.\n`,
  );
  write(join(directory, 'package.json'), {
    name: `@tsrun/${name}`,
    version,
    description: `${description} (${name})`,
    license,
    os: ['linux'],
    cpu: [cpu],
    libc: [libc],
    engines,
    type: 'commonjs',
    // Yarn must unpack packages that contain executables.
    preferUnplugged: true,
    files: ['bin/tsrun', 'tsrun.node', 'COPYRIGHT'],
    exports: { './tsrun.node': './tsrun.node', './bin/tsrun': './bin/tsrun', './package.json': './package.json' },
  });
}

async function stageRuntime() {
  const directory = join(stage, 'runtime');
  await bundleForNode(join(directory, 'dist'));
  execFileSync(
    'npx',
    [
      '--no-install',
      'tsc',
      '-p',
      'tsconfig.build.json',
      '--outDir',
      join(directory, 'dist'),
      '--incremental',
      'false',
      '--tsBuildInfoFile',
      'null',
    ],
    { stdio: ['ignore', 2, 2] },
  );
  const gyp = addonGyp();
  const called = new Set([...gyp.matchAll(/scripts\/[\w/]+\.mjs/g)].map(([script]) => script));
  for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'CONTRIBUTING.md', 'bench/README.md', ...called]) {
    copy(file, join(directory, file));
  }
  // The README leads there.
  for (const folder of ['docs', 'examples']) cpSync(folder, join(directory, folder), { recursive: true });
  // The script that writes the C++ side of the protocol (it reads the modules in dist/) is made of several modules.
  cpSync('scripts/protocol', join(directory, 'scripts/protocol'), { recursive: true });
  for (const folder of ['core', 'init', 'node']) cpSync(join('native', folder), join(directory, 'native', folder), { recursive: true });
  for (const file of readdirSync('native').filter((name) => /\.(cc|h)$/.test(name)))
    copy(join('native', file), join(directory, 'native', file));
  for (const file of ['napi.h', 'napi-inl.h', 'napi-inl.deprecated.h', 'LICENSE.md'])
    copy(join('node_modules/node-addon-api', file), join(directory, 'native/node_addon_api', file));
  writeFileSync(join(directory, 'binding.gyp'), gyp);
  for (const program of programs) {
    copy(join(here, 'launcher.sh'), join(directory, program), 0o755);
    writeFileSync(join(directory, program), readFileSync(join(here, 'launcher.sh'), 'utf8').replace('@VERSION@', version));
  }
  copy(join(here, 'addon.cjs'), join(directory, 'addon.cjs'));
  copy(join(here, 'install.cjs'), join(directory, 'install.cjs'));
  const { devDependencies: _, ...shared } = manifest;
  write(join(directory, 'package.json'), {
    ...shared,
    bin: { tsrun: programs[0], 'containerd-shim-tsrun-v2': programs[1] },
    // Yarn runs the launcher from a directory.
    preferUnplugged: true,
    // For tools that do not support `exports`.
    main: './dist/library/index.js',
    types: './dist/library/index.d.ts',
    imports: { ...manifest.imports, '#addon': './addon.cjs' },
    files: ['dist', ...programs, 'addon.cjs', 'install.cjs', 'binding.gyp', 'native', 'scripts', 'docs', 'examples', 'bench', '*.md'],
    scripts: { install: 'node install.cjs' },
    optionalDependencies: Object.fromEntries(built.map((name) => [`@tsrun/${name}`, version])),
  });
}

rmSync(stage, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
if (built.length === 0) throw new Error('nothing is built: run npm run build');
await stageRuntime();
built.forEach(stagePlatform);
for (const name of ['runtime', ...built]) console.log(pack(join(stage, name)));
