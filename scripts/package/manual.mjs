/**
 * Usage: node scripts/package/manual.mjs DIRECTORY
 *
 * Writes into DIRECTORY the manual pages (`man/`) and the completions (`completion/tsrun.bash`, `_tsrun`, `tsrun.fish`), from the option
 * tables.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bashCompletion } from './completion/bash.mjs';
import { fishCompletion } from './completion/fish.mjs';
import { zshCompletion } from './completion/zsh.mjs';
import { describe } from './describe.mjs';
import { programPage, verbPage } from './man.mjs';
import { sourceDate } from './source_date.mjs';

const target = resolve(process.argv[2] ?? 'build/manual');
process.chdir(resolve(import.meta.dirname, '../..'));
const program = await describe();
const edition = { date: sourceDate(), version: JSON.parse(readFileSync('package.json', 'utf8')).version };

const pages = {
  'tsrun.8': programPage(program, edition),
  ...Object.fromEntries(
    program.verbs.filter(({ name }) => name !== 'help').map((verb) => [`tsrun-${verb.name}.8`, verbPage(verb, edition)]),
  ),
};
const completions = { 'tsrun.bash': bashCompletion(program), _tsrun: zshCompletion(program), 'tsrun.fish': fishCompletion(program) };

for (const [folder, files] of Object.entries({ man: pages, completion: completions })) {
  rmSync(join(target, folder), { recursive: true, force: true });
  mkdirSync(join(target, folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(target, folder, name), `${text.trimEnd()}\n`);
}
