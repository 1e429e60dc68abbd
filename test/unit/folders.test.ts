import { readdirSync, readFileSync } from 'node:fs';
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

/** A file that is longer holds more than one idea, as a rule. */
const mostLines = 300;

test.each(['src', 'native/core', 'native/init', 'native/node', 'native/quickjs'])(
  `no file of %s has more than ${mostLines} lines`,
  (folder) => {
    const files = readdirSync(join(project, folder), { recursive: true, withFileTypes: true }).filter((entry) =>
      /\.(ts|cc|h)$/.test(entry.name),
    );
    const lines = files.map((file) => {
      const path = join(file.parentPath, file.name);
      return { path, count: readFileSync(path, 'utf8').split('\n').length - 1 };
    });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ count }) => count > mostLines)).toEqual([]);
  },
);

/** Prettier and clang-format limit code, except texts, which they do not split; comments they leave as they are. */
const mostColumns = 140;

test.each(['src', 'native', 'test', 'bench', 'scripts', 'examples'])(`no comment in %s has more than ${mostColumns} columns`, (folder) => {
  const files = readdirSync(join(project, folder), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && /\.(ts|mjs|js|cc|h|sh)$/.test(entry.name),
  );
  const comments = files.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const start = path.endsWith('.sh') ? /^\s*#/ : /^\s*(\*|\/\/|\/\*)/;
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.flatMap((line, at) => (start.test(line) ? [{ line: `${path}:${at + 1}`, columns: line.length }] : []));
  });
  expect(comments.length).toBeGreaterThan(0);
  expect(comments.filter(({ columns }) => columns > mostColumns)).toEqual([]);
});
