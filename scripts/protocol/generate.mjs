/**
 * Usage: node scripts/protocol/generate.mjs [DIRECTORY]
 *
 * Writes the C++ side of the protocol from src/protocol/ to `protocol/` in DIRECTORY (build/generated), and prints DIRECTORY: binding.gyp,
 * CMakeLists.txt and native/test/.../run.sh add it to the include path. Files that are up to date are not touched, so nothing is compiled
 * again.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cppFiles } from './cpp.mjs';
import { readTable } from './table.mjs';

const root = resolve(import.meta.dirname, '../..');

/** By rename, because several builds may run at once. */
export function writeCpp(directory, table) {
  mkdirSync(join(directory, 'protocol'), { recursive: true });
  for (const [name, text] of Object.entries(cppFiles(table))) {
    const file = join(directory, 'protocol', name);
    if (textOf(file) === text) continue;
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file);
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

if (process.argv[1] === import.meta.filename) {
  const directory = resolve(process.argv[2] ?? join(root, 'build/generated'));
  writeCpp(directory, await readTable());
  console.log(directory);
}
