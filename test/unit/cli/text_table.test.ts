import { expect, test } from 'vitest';
import { textTable } from '../../../src/cli/text_table.js';

test('the empty list of runc', () => {
  expect(textTable([['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER']])).toBe(
    'ID          PID         STATUS      BUNDLE      CREATED     OWNER',
  );
});

test('a long cell widens its column, the last cell is not padded', () => {
  expect(
    textTable([
      ['ID', 'PID'],
      ['a-long-container-id', '1'],
    ]),
  ).toBe('ID                    PID\na-long-container-id   1');
});
