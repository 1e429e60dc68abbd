import { describe, expect, test } from 'vitest';
import { folderOf, inside, walls } from '../../../scripts/eslint/walls.js';
import { allImports, importsOf } from './imports.js';
import { codeSpans, readPage, tableRows } from './page.js';

const top = (path: string): string => path.split('/')[0] ?? '';

const order = [...new Set(Object.keys(walls).map(top))];
const isUpwards = (file: string, target: string): boolean => order.indexOf(top(target)) < order.indexOf(top(file));

const imports = allImports();
const rows = tableRows(readPage('docs/decisions/0019-folders-and-walls.md'));

test('imports are found in each of their forms', () => {
  const text = [
    "import { a } from '../spec/a.js';",
    "import type {\n  B,\n} from './b.js';",
    "import 'commander';",
    "export { c } from './c.js';",
    "export * from './c.js';",
    "const d = await import('./d.js');",
    "const read: typeof import('node:fs').readFileSync;",
  ].join('\n');
  expect(importsOf('plan/x', text).map(({ target, onlyTypes }) => `${target}${onlyTypes ? ' type' : ''}`)).toEqual([
    'spec/a',
    'plan/b type',
    'commander',
    'plan/c',
    'plan/c',
    'plan/d',
    'node:',
  ]);
  expect(imports.length).toBeGreaterThan(1000);
});

test('the map of the code has the folders in the order of the walls', () => {
  const named = tableRows(readPage('docs/architecture.md')).map(({ cells: [folder = ''] }) => /^`src\/(\w+)\/`$/.exec(folder)?.[1]);
  expect(named.filter((folder) => folder !== undefined)).toEqual(order);
});

describe('decision 0019 lists the imports of single files', () => {
  const sides = rows
    .map(({ cells: [what = ''] }) => what.split(/ imports? /))
    .filter((parts) => parts.length === 2)
    .map(([from = '', to = '']) => ({ from: codeSpans(from).map((name) => name.replace(/\/$/, '')), to: codeSpans(to) }));
  const listed = sides.flatMap(({ from, to }) => from.flatMap((folder) => to.map((target) => `${folder} imports ${target}`)));

  const narrow = Object.entries(walls).flatMap(([folder, targets]) =>
    targets
      .filter((target) => target.includes('/') && top(target) !== top(folder))
      .map((target) => `${folder} imports ${target.replace(/\/$/, '')}`),
  );

  test('each once, and no other', () => {
    expect(narrow.length).toBeGreaterThan(15);
    expect([...listed].sort()).toEqual([...narrow].sort());
  });

  test('each with its reason, which is not "only types" if a value is imported', () => {
    expect(rows.filter(({ cells }) => !/\w/.test(cells.at(-1) ?? ''))).toEqual([]);
    const types = rows.filter(({ cells }) => cells[1]?.startsWith('only types')).flatMap(({ cells: [what = ''] }) => codeSpans(what));
    const values = imports.filter(
      ({ file, target, onlyTypes }) => !onlyTypes && types.includes(`${folderOf(file) ?? ''}/`) && types.includes(target),
    );
    expect(types.length).toBeGreaterThan(2);
    expect(values).toEqual([]);
  });
});

test('each opening of a wall is used by an import', () => {
  const openings = Object.entries(walls).flatMap(([folder, targets]) => targets.map((target) => ({ folder, target })));
  const unused = openings.filter(
    ({ folder, target }) => !imports.some((one) => folderOf(one.file) === folder && inside(one.target, target)),
  );
  expect(unused.map(({ folder, target }) => `${folder} imports ${target}`)).toEqual([]);
});

test('decision 0019 lists every import that goes up, and each is of types only', () => {
  const listed = rows
    .filter(({ cells }) => cells.length === 3)
    .map(({ cells: [from = '', to = ''] }) => `${codeSpans(from)[0] ?? ''} imports ${codeSpans(to)[0] ?? ''}`);
  const upwards = imports.filter(({ file, target }) => order.includes(top(target)) && isUpwards(file, target));
  expect(upwards.map(({ file, target }) => `${file} imports ${target}`).sort()).toEqual([...listed].sort());
  expect(upwards.filter(({ onlyTypes }) => !onlyTypes)).toEqual([]);
});
