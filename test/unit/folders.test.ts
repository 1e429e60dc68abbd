import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const project = join(import.meta.dirname, '../..');
const most = 15;
/** Decisions are a log, and docs/api is generated, a page for each type. The top level is exempt, because its files have fixed places. */
const exempt = new Set(['docs/decisions', 'docs/api/interfaces']);

function fullFolders(folder: string): readonly string[] {
  const entries = readdirSync(join(project, folder), { withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory()).flatMap((entry) => fullFolders(`${folder}/${entry.name}`));
  const files = entries.filter((entry) => entry.isFile()).length;
  return files > most && !exempt.has(folder) ? [`${folder}: ${files}`, ...below] : below;
}

test.each(['src', 'native', 'test', 'bench', 'scripts', 'docs', 'examples'])(`no folder of %s holds more than ${most} files`, (folder) => {
  expect(fullFolders(folder)).toEqual([]);
});
