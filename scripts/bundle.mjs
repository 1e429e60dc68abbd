/**
 * Usage: node scripts/bundle.mjs DIRECTORY PROGRAMS
 *
 * Makes the bundles of the command: `build/bundle/qjs/` and `build/bundle/programs/` for the executable, which are then compiled to bytecode, and `dist/main.js` with
 * `dist/chunks/` for Node.js. Each verb, being imported dynamically, is a chunk of its own.
 */
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readTable } from './protocol/table.mjs';

/** The commit that is built, or `unknown` where there is no repository, as in a source package. */
function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--verify', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** Declared in src/cli/help/version.ts. */
const define = {
  TSRUN_VERSION: JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).version),
  TSRUN_COMMIT: JSON.stringify(commit()),
};

/** The shapes of operations as they come out, in place of the whole table. */
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
  target: 'es2020',
  write: false,
  logLevel: 'warning',
  legalComments: 'none',
};

/** Writes what differs and removes what is no longer made, so that make(1) sees true changes only. */
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

/** The executable has a loader of its own: see native/quickjs/modules.h. */
const ownImport = (text) => text.replace(/\bimport\((["'])(\.\/[^"']+)\1\)/g, 'tsrunImport("$2")');

/** What engines call all the time: each gets a program of its own, of which the executable has an image (scripts/images.mjs). */
const hotVerbs = ['create', 'delete', 'exec', 'kill', 'run', 'start', 'state'];

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

/** In the program of one verb: whatever is imported later is somebody else's, so the whole program takes over (src/cli/shims/restart.ts). */
const restartLater = {
  name: 'restart-later',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind }) => (kind === 'dynamic-import' ? { path: resolve('src/cli/shims/restart.ts') } : undefined));
  },
};

/** A verb has a file, or a folder of its own. */
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

/** The program that has all verbs, and its chunks, in `directory`; those of the hot verbs in `programs`. */
export async function bundleForExecutable(directory, programs) {
  const [{ outputFiles }, ...verbs] = await Promise.all([
    build({ ...forExecutable, entryPoints: { main: 'src/entry/quickjs.ts' }, outdir: directory }),
    ...hotVerbs.map(bundleVerb),
  ]);
  const chunks = outputFiles.map((file) => [basename(file.path), ownImport(file.text)]);
  settle(directory, new Map(chunks.map(([name, text]) => [join(directory, name), text])));
  settle(programs, new Map(verbs.map(([name, text]) => [join(programs, name), text])));
}

export async function bundleForNode(directory) {
  const { outputFiles } = await build({
    ...common,
    entryPoints: { main: 'src/entry/node.ts' },
    outdir: directory,
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    // commander is CommonJS and asks for Node.js' own modules by require().
    banner: {
      js: "import { createRequire as tsrunCreateRequire } from 'node:module';\nconst require = tsrunCreateRequire(import.meta.url);",
    },
  });
  const chunks = join(directory, 'chunks');
  const files = new Map(
    outputFiles.map((file) => [join(directory, file.path.slice(file.path.indexOf(`/${directory}/`) + directory.length + 2)), file.text]),
  );
  settle(chunks, files);
}

if (process.argv[1] === import.meta.filename) {
  const [directory, programs] = process.argv.slice(2);
  await bundleForExecutable(directory, programs);
}
