import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../../../src/cli/options/duration.js';

describe('a duration', () => {
  test.each([
    ['5s', 5000],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['250us', 0.25],
    ['0', 0],
    ['-1s', -1000],
    ['+2s', 2000],
    ['2562047h', 2562047 * 3_600_000],
  ])('%s is read as Go reads it', (text, milliseconds) => {
    expect(parseDuration('interval', text)).toBeCloseTo(milliseconds, 6);
  });

  test.each(['', '5', 's', '5 s', '1d', '--1s', '1s2', '1e3s', 'Infinitys', '3000000h', `${'1'.repeat(400)}s`, '1s\n'])(
    '%j is refused, with the flag and the way to write it',
    (text) => {
      expect(() => parseDuration('interval', text)).toThrow(`invalid value ${JSON.stringify(text)} for flag -interval: parse error`);
    },
  );
});
