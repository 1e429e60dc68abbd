/**
 * Usage: node scripts/bundle.mjs DIRECTORY PROGRAMS
 *
 * Makes the bundles of the command: for the executable `build/bundle/qjs/` and `build/bundle/programs/`, which are then compiled to
 * bytecode, and for Node.js `dist/main.js`. In the first, each verb is imported dynamically and is a chunk of its own. Node.js would open
 * all chunks of an import at once, more than 64 descriptors allow, so its bundle is one file.
 */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readTable } from './protocol/table.mjs';

/** The commit that is built, or `unknown` without a repository, as in a source package. */
function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--verify', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** What is built. The library, which is not bundled, reads it from `build.json` (src/library/runtime/build.ts). */
const built = { version: JSON.parse(readFileSync('package.json', 'utf8')).version, commit: commit() };

/** Declared in src/cli/help/version.ts. */
const define = { TSRUN_VERSION: JSON.stringify(built.version), TSRUN_COMMIT: JSON.stringify(built.commit) };

/** The computed shapes of operations, instead of the whole table. */
const ready = {
  name: 'ready',
  async setup({ onLoad }) {
    const { shapes } = await readTable();
    onLoad({ filter: /\/src\/protocol\/shapes\.ts$/ }, () => ({ contents: `export const shapes = ${JSON.stringify(shapes)};` }));
  },
};

const common = {
  define,
  plugins: [ready],
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  write: false,
  logLevel: 'warning',
  legalComments: 'none',
};

/** Writes files that differ and removes obsolete ones, so that make(1) sees only real changes. */
function settle(directory, files) {
  mkdirSync(directory, { recursive: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(path), { recursive: true });
    let before = null;
    try {
      before = readFileSync(path, 'utf8');
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    if (before !== text) writeFileSync(path, text);
  }
  const wanted = new Set([...files.keys()]);
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (name.endsWith('.js') && !wanted.has(path)) rmSync(path);
  }
}

/** The executable has its own module loader: see native/quickjs/modules.h. */
const ownImport = (text) => text.replace(/\bimport\((["'])(\.\/[^"']+)\1\)/g, 'tsrunImport("$2")');

/** The verbs that engines call all the time: each gets its own program, of which the executable has an image (scripts/images.mjs). */
const hotVerbs = ['create', 'delete', 'exec', 'kill', 'list', 'run', 'start', 'state'];

const absent = './src/cli/shims/absent.ts';
const forExecutable = {
  ...common,
  minify: true,
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['import'],
  alias: {
    'node:events': './src/cli/shims/events.ts',
    'node:process': './src/cli/shims/process.ts',
    'node:child_process': absent,
    'node:fs': absent,
    'node:path': absent,
  },
};

/** In the program of one verb, any later import belongs to another verb, so the complete program takes over (src/cli/shims/restart.ts). */
const restartLater = {
  name: 'restart-later',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind }) => (kind === 'dynamic-import' ? { path: resolve('src/cli/shims/restart.ts') } : undefined));
  },
};

/** A verb has its own file or folder. */
const fileOf = (verb) => (existsSync(`src/commands/${verb}.ts`) ? `${verb}.ts` : `${verb}/index.ts`);

async function bundleVerb(verb) {
  const entry = `
    import { verb } from './src/commands/${fileOf(verb)}';
    import { offer } from './src/entry/begin.ts';
    offer({ ${JSON.stringify(verb)}: verb });`;
  const { outputFiles } = await build({
    ...forExecutable,
    splitting: false,
    stdin: { contents: entry, resolveDir: '.', sourcefile: `${verb}.ts`, loader: 'ts' },
    plugins: [ready, restartLater],
    outfile: `${verb}.js`,
  });
  return [`${verb}.js`, outputFiles[0].text];
}

/** The programs of containerd's shim, which is the executable under another name: the complete one, and the one of its short calls. */
const shimPrograms = { 'shim.js': 'src/entry/shim.ts', 'shim-call.js': 'src/entry/shim_call.ts' };

/** They need no verb, so each is one module of its own. */
async function bundleShim([name, entry]) {
  const { outputFiles } = await build({ ...forExecutable, splitting: false, entryPoints: [entry], outfile: name });
  return [name, outputFiles[0].text];
}

/** Writes the program with all verbs and its chunks to `directory`, and those of the hot verbs to `programs`. */
export async function bundleForExecutable(directory, programs) {
  const [{ outputFiles }, shims, verbs] = await Promise.all([
    build({ ...forExecutable, entryPoints: { main: 'src/entry/quickjs.ts' }, outdir: directory }),
    Promise.all(Object.entries(shimPrograms).map(bundleShim)),
    Promise.all(hotVerbs.map(bundleVerb)),
  ]);
  const chunks = [...outputFiles.map((file) => [basename(file.path), ownImport(file.text)]), shims[0]];
  settle(directory, new Map(chunks.map(([name, text]) => [join(directory, name), text])));
  settle(programs, new Map([...verbs, ...shims].map(([name, text]) => [join(programs, name), text])));
}

export async function bundleForNode(directory) {
  const { outputFiles } = await build({
    ...common,
    splitting: false,
    entryPoints: ['src/entry/node.ts'],
    outfile: 'main.js',
    platform: 'node',
    // commander is CommonJS and imports Node.js' modules with require().
    banner: {
      js: "import { createRequire as tsrunCreateRequire } from 'node:module';\nconst require = tsrunCreateRequire(import.meta.url);",
    },
  });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'main.js'), outputFiles[0].text);
  writeFileSync(join(directory, 'build.json'), `${JSON.stringify(built)}\n`);
}

if (process.argv[1] === import.meta.filename) {
  const [directory, programs] = process.argv.slice(2);
  await bundleForExecutable(directory, programs);
}
