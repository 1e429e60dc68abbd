import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { known } from '../../differential/harness/known.js';

const page = readFileSync(new URL('../../../docs/differences.md', import.meta.url), 'utf8');
const rows = new Set(
  page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|')[1]?.trim()),
);

test.each(known)('each difference "$row" that the comparison with the peers accepts has a row in docs/differences.md', ({ row }) => {
  expect(rows).toContain(row);
});
