import { expect, test } from 'vitest';
import { flagValues } from '../../../../src/cli/options/flag_values.js';
import type { OptionTable } from '../../../../src/cli/options/table.js';

const table = {
  'pid-file': { kind: 'text', value: 'file', about: '' },
  detach: { kind: 'switch', short: 'd', about: '' },
  'no-pivot': { kind: 'switch', about: '' },
  env: { kind: 'list', short: 'e', value: 'variable', about: '' },
  'preserve-fds': { kind: 'count', value: 'number', about: '' },
  overlay: { kind: 'text', value: 'directory', bare: 'memory', about: '' },
} as const satisfies OptionTable;

test('options that are not given have their defaults', () => {
  expect(flagValues(table, [])).toEqual({
    'pid-file': undefined,
    detach: false,
    'no-pivot': false,
    env: [],
    'preserve-fds': 0,
    overlay: undefined,
  });
});

test('options that are given have their values', () => {
  const flags = ['--pid-file=/p', '--detach', '--no-pivot', '--env=A=1', '--env=B=2,3', '--preserve-fds=2', '--overlay=memory'];
  expect(flagValues(table, flags)).toEqual({
    'pid-file': '/p',
    detach: true,
    'no-pivot': true,
    env: ['A=1', 'B=2,3'],
    'preserve-fds': 2,
    overlay: 'memory',
  });
});

test('the last of two values takes effect', () => {
  expect(flagValues(table, ['--pid-file=a', '--pid-file=b'])['pid-file']).toBe('b');
});

test('a value may be empty', () => {
  expect(flagValues(table, ['--pid-file='])['pid-file']).toBe('');
});

test.each(['x', '-1', '1.5', '1e3', '', '0x10', '99999999999'])('a count must be a whole number: %j', (value) => {
  expect(() => flagValues(table, [`--preserve-fds=${value}`])).toThrow(`invalid value "${value}" for flag -preserve-fds: parse error`);
});

test('values of one parse do not appear in another', () => {
  flagValues(table, ['--env=A=1']);
  expect(flagValues(table, ['--env=B=1']).env).toEqual(['B=1']);
});
