/**
 * Usage: npm run build
 *
 * Builds `dist/`: the executable `tsrun`, the command for Node.js `main.js`, the addon `tsrun.node`, and the library with its declarations.
 * Rebuilds only what changed.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundleForExecutable, bundleForNode } from './bundle.mjs';
import { flags } from './flags.mjs';
import { addImages } from './images.mjs';
import { cannotRun } from './package/cannot_run.mjs';
import { writeCpp } from './protocol/generate.mjs';
import { readTable } from './protocol/table.mjs';
import { sources } from './sources.mjs';

const root = resolve(import.meta.dirname, '..');
process.chdir(root);
const bundle = 'build/bundle/qjs';
const programs = 'build/bundle/programs';
const compiler = 'build/Release/bytecode-compiler';
/** The command that runs programs of the target architecture; `env` if they run here without an emulator. */
const emulator = process.env['TSRUN_EMULATOR'] ?? 'env';
/** Heap images of started programs, which save a third of a start (docs/decisions/0009); `off` leaves them out. */
const withImages = (process.env['TSRUN_IMAGES'] ?? 'on') !== 'off';
/** The executable's room for images of programs, in bytes; without images one page, for an empty list. Images of quickjs-ng are larger. */
const roomFor = (engine) => (withImages ? (engine.startsWith('ng ') ? 18 : 13) << 19 : 4096);
const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' });
const ask = (program, ...args) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();

/** How to link libseccomp here: the static library if the compiler finds it, otherwise the shared one. */
function seccompLinking() {
  if (!existsSync('/usr/include/seccomp.h')) return 'none';
  return ask('gcc', '-print-file-name=libseccomp.a').includes('/') ? 'static' : 'shared';
}

/** The headers that came with Node.js, if they are installed next to it; otherwise node-gyp fetches them. */
function headers() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

function native() {
  const [include, library, version] = ask('scripts/quickjs/locate.sh').split('\n');
  const variables = {
    quickjs_include: include,
    quickjs_library: library,
    quickjs_version: version,
    seccomp: process.env['TSRUN_SECCOMP'] ?? seccompLinking(),
    bundle,
    program_room: roomFor(version),
    emulator,
  };
  const gyp = ['--no-install', 'node-gyp', '--loglevel=warn'];
  // Write the makefiles again if a file was added or removed, or a variable changed.
  const lists = ['init', 'core', 'addon', 'host'].map((target) => sources[target]()).concat(sources.bundle(bundle));
  const key = createHash('sha256')
    .update(JSON.stringify([variables, lists, process.version, readFileSync('binding.gyp', 'utf8'), flags]))
    .digest('hex');
  const stamp = 'build/configured';
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== key) {
    run('npx', ...gyp, 'configure', ...headers(), '--', ...Object.entries(variables).map(([name, value]) => `-D${name}=${value}`));
    writeFileSync(stamp, key);
  }
  try {
    run('make', '-C', 'build', 'BUILDTYPE=Release', '--no-print-directory', '--quiet', `-j${process.env['JOBS'] ?? 4}`);
  } catch (error) {
    // What make says of it is a syntax error of the shell, which execvp(3) gives a program that the kernel refuses.
    const reason = existsSync(compiler) ? cannotRun(emulator, compiler) : undefined;
    if (reason !== undefined) console.error(reason);
    throw error;
  }
  return variables;
}

/** By rename, so that a running program keeps its file. */
function install(from, to) {
  if (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs) return;
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}

/** containerd finds its shims by their names. */
function link(target, path) {
  if (existsSync(path) && readlinkSync(path) === target) return;
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

mkdirSync('dist', { recursive: true });
await Promise.all([bundleForExecutable(bundle, programs), bundleForNode('dist')]);
writeCpp('build/generated', await readTable());
const { program_room: room } = native();
if (withImages) {
  addImages({
    emulator,
    executable: 'build/Release/tsrun',
    compiler,
    loader: 'build/Release/load-at',
    programs,
    directory: 'build/images',
    room,
    output: 'build/tsrun',
  });
} else {
  copyFileSync('build/Release/tsrun', 'build/tsrun');
}
// With wrong linker flags the program may crash at start; such a program must not be installed.
ask(emulator, 'build/tsrun', '--version');
install('build/tsrun', 'dist/tsrun');
link('tsrun', 'dist/containerd-shim-tsrun-v2');
install('build/Release/tsrun.node', 'dist/tsrun.node');
run('npx', '--no-install', 'tsc', '-p', 'tsconfig.build.json');
