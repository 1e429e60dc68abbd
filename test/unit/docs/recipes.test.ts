import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shapes } from '../../../src/protocol/shapes.js';
import { codeSpans, project, readPage, tableRows } from './page.js';

const page = readPage('docs/recipes.md');
const section = 'A field of config.json that needs an operation of tsrun-init';

test('an operation for a new field touches at most eight production files, with a check of its own', () => {
  const files = tableRows(page)
    .filter((row) => row.section === section)
    .map(({ cells: [, file = ''] }) => codeSpans(file)[0] ?? '');
  expect(files.filter((file) => !existsSync(join(project, file)))).toEqual([]);
  expect(files.length).toBeGreaterThan(3);
  // A check, and its line in the list of checks.
  expect(files.length + 2).toBeLessThanOrEqual(8);
});

test('the operation of the example has a number and a name that no operation has', () => {
  const [, name = '', id = ''] = /^(\w+): operation\(\{\n +id: (\d+),/m.exec(page) ?? [];
  expect(Number(id)).toBeGreaterThan(0);
  expect(Object.keys(shapes)).not.toContain(name);
  expect(Object.values(shapes).map((shape) => shape.id)).not.toContain(Number(id));
});

describe.each(['A check of a configuration', 'A verb', 'A test of an attack', 'A test of an engine'])(
  'the worked example of "%s"',
  (title) => {
    const rows = tableRows(page).filter((row) => row.section === title);

    test('names files that exist, and as new those that do not', () => {
      const files = rows.flatMap(({ cells: [, file = ''] }) => {
        const isNew = file.endsWith('(new)');
        return codeSpans(file).map((path) => ({ path, isNew }));
      });
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter(({ path, isNew }) => existsSync(join(project, path)) === isNew)).toEqual([]);
    });

    test('names tests that are in the file', () => {
      const tests = rows.flatMap(({ cells: [, file = '', what = ''] }) =>
        [...what.matchAll(/the test "([^"]+)"/g)].map(([, name = '']) => ({ path: codeSpans(file)[0] ?? '', name })),
      );
      expect(tests.length).toBe(title.startsWith('A test') ? 1 : 0);
      expect(tests.filter(({ path, name }) => !readFileSync(join(project, path), 'utf8').includes(name))).toEqual([]);
    });
  },
);

test('a new verb needs a folder, because src/commands/ has as many files as a folder may have', () => {
  const files = readdirSync(join(project, 'src/commands'), { withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBe(15);
});
