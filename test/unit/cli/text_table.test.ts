import { expect, test } from 'vitest';
import { textTable } from '../../../src/cli/text_table.js';

test("an empty list prints runc's headings", () => {
  expect(textTable([['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER']])).toBe(
    'ID          PID         STATUS      BUNDLE      CREATED     OWNER',
  );
});

test('a long cell widens its column, and the last cell is not padded', () => {
  expect(
    textTable([
      ['ID', 'PID'],
      ['a-long-container-id', '1'],
    ]),
  ).toBe('ID                    PID\na-long-container-id   1');
});
