import { describe, expect, test } from 'vitest';
import { parseBytes, parseWhole } from '../../../../src/cli/options/quantity.js';

describe('bytes', () => {
  test.each([
    ['0', 0],
    ['4096', 4096],
    ['1k', 1024],
    ['512m', 512 * 2 ** 20],
    ['512MB', 512 * 2 ** 20],
    ['2GiB', 2 * 2 ** 30],
    ['1.5g', 1.5 * 2 ** 30],
    ['64 m', 64 * 2 ** 20],
    ['10b', 10],
    ['-1', -1],
  ])('%s is %d', (text, bytes) => {
    expect(parseBytes('memory', text)).toBe(bytes);
  });

  test.each(['', '-5', '-1k', 'm', '1x', '1e3', '0x10', '1,5g', '--1', '9007199254740993', '99999999p', '1m\n', 'NaN'])(
    '%j is refused',
    (text) => {
      expect(() => parseBytes('memory', text)).toThrow(`invalid value for memory: ${JSON.stringify(text)}`);
    },
  );
});

describe('whole numbers', () => {
  test.each(['-2', '1.5', '1e3', '', 'many', '9007199254740993'])('%j is refused', (text) => {
    expect(() => parseWhole('pids-limit', text, -1)).toThrow(`invalid value for pids-limit: ${JSON.stringify(text)}`);
  });

  test('the least is one', () => {
    expect(parseWhole('pids-limit', '-1', -1)).toBe(-1);
  });
});
