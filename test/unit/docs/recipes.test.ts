import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
