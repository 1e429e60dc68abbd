import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '../..');

/** The exports from which the C++ side and the bundles are generated, by their module in src/. */
const modules = {
  'protocol/operations.js': ['operations'],
  'protocol/shapes.js': ['shapes'],
  'protocol/numbers/layout.js': ['layout'],
  'protocol/numbers/messages.js': ['messageType'],
  'protocol/numbers/mount_options.js': ['mountOption'],
  'protocol/numbers/steps.js': ['step'],
  'protocol/numbers/sync_points.js': ['syncPoint'],
  'protocol/mount_flags.js': ['mountAttribute', 'propagationFlag', 'superblockFlag'],
  'spec/names/capabilities.js': ['capabilityNumbers'],
  'spec/names/namespaces.js': ['namespaceFlags'],
  'spec/names/rlimits.js': ['rlimitNumbers'],
};

/**
 * Reads the table from src/, or in the published package, which has no TypeScript sources and no esbuild, from the library's modules in
 * dist/.
 */
export async function readTable() {
  if (existsSync(join(root, 'src/protocol'))) return fromSources();
  const parts = await Promise.all(Object.keys(modules).map((path) => import(pathToFileURL(join(root, 'dist', path)).href)));
  return Object.assign({}, ...parts);
}

async function fromSources() {
  const { build } = await import('esbuild');
  const contents = Object.entries(modules)
    .map(([path, names]) => `export { ${names.join(', ')} } from './${path}';`)
    .join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(root, 'src'), loader: 'ts' },
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'warning',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
