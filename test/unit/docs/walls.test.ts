import { expect, test } from 'vitest';
import { walls } from '../../../scripts/eslint/walls.js';
import { codeSpans, readPage, tableRows } from './page.js';

const rows = tableRows(readPage('docs/decisions/0019-folders-and-walls.md'));

const top = (path: string): string => path.split('/')[0] ?? '';

/** The imports of one file or subfolder of another folder: the rest of that folder stays closed. */
const narrow = Object.entries(walls).flatMap(([folder, targets]) =>
  targets.filter((target) => target.includes('/') && top(target) !== top(folder)).map((target) => [folder, target] as const),
);

test('the walls have openings for single files', () => {
  expect(narrow.length).toBeGreaterThan(15);
});

test.each(narrow)('decision 0019 has the reason why %s may import %s of another folder', (folder, target) => {
  const [row] = rows.filter(({ cells: [what = ''] }) => {
    const [from = '', to = ''] = what.split(' imports ').length === 2 ? what.split(' imports ') : what.split(' import ');
    return codeSpans(from).some((name) => name === folder || name === `${folder}/`) && codeSpans(to).includes(target);
  });
  expect(row?.cells[1]).toMatch(/\w/);
});
