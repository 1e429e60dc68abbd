/**
 * Usage: node scripts/sources.mjs init|core|addon|host|bundle [DIRECTORY]
 *
 * Prints the source files of a target of binding.gyp and CMakeLists.txt, relative to the project, so that a new file needs no entry
 * anywhere.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const list = (directory, ending) =>
  readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(directory, name));

export const sources = {
  /** The freestanding sources: see the flags of the target tsrun-init. */
  init: () => [...list('native/init', '.cc'), 'native/plan_decode.cc'],
  core: () => list('native/core', '.cc'),
  addon: () => list('native/node', '.cc'),
  /** Each file in tools/ is a separate program. */
  host: () => list('native/quickjs', '.cc').filter((file) => !file.startsWith('native/quickjs/tools/')),
  /** The entry first. */
  bundle: (directory) => list(directory, '.js').sort((a, b) => Number(b.endsWith('/main.js')) - Number(a.endsWith('/main.js'))),
};

if (process.argv[1] === import.meta.filename) {
  const [target, ...rest] = process.argv.slice(2);
  for (const file of sources[target](...rest)) console.log(file);
}
