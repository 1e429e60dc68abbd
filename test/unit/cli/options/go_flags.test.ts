import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitArguments } from '../../../../src/cli/options/go_flags.js';
import type { OptionTable } from '../../../../src/cli/options/table.js';

const table = {
  bundle: { kind: 'text', short: 'b', value: 'directory', about: '' },
  detach: { kind: 'switch', short: 'd', about: '' },
  tty: { kind: 'switch', short: 't', about: '' },
  env: { kind: 'list', short: 'e', value: 'variable', about: '' },
  'no-subreaper': { kind: 'switch', about: '' },
  version: { kind: 'switch', aliases: ['V'], about: '' },
  overlay: { kind: 'text', value: 'directory', bare: 'memory', about: '' },
} as const satisfies OptionTable;

const split = (...args: string[]) => splitArguments({ args, table, permute: true });
const flags = (...args: string[]) => split(...args).flags;

test.each([['--bundle', '/b'], ['--bundle=/b'], ['-bundle', '/b'], ['-bundle=/b'], ['-b', '/b'], ['-b=/b'], ['--b', '/b'], ['-b/b']])(
  'one dash or two, the value attached or not: %s %s',
  (...args) => {
    expect(flags(...args)).toEqual(['--bundle=/b']);
  },
);

test('a single-dash long option, as containerd calls restore', () => {
  expect(split('-no-subreaper', '--bundle', 'b', 'id')).toEqual({ flags: ['--no-subreaper', '--bundle=b'], positionals: ['id'] });
});

test('letters in one word, the last with its value', () => {
  expect(flags('-dtb/x')).toEqual(['--detach', '--tty', '--bundle=/x']);
});

test('the value is the next word, whatever it looks like', () => {
  expect(flags('-e', '-d', '--bundle', '--detach')).toEqual(['--env=-d', '--bundle=--detach']);
});

test('a value may be empty, and may hold an equals sign', () => {
  expect(flags('--bundle=', '-e', 'A=b=c')).toEqual(['--bundle=', '--env=A=b=c']);
});

test.each(['1', 't', 'true', 'TRUE', 'True'])('a switch is on by =%s', (value) => {
  expect(flags(`--detach=${value}`)).toEqual(['--detach']);
});

test.each(['0', 'f', 'false', 'FALSE', 'False'])('a switch is off by =%s', (value) => {
  expect(flags(`-d=${value}`)).toEqual([]);
});

test('an alias is spelled as the option itself', () => {
  expect(flags('-V')).toEqual(['--version']);
});

test('an optional value follows only after the equals sign', () => {
  expect(split('--overlay', 'id')).toEqual({ flags: ['--overlay=memory'], positionals: ['id'] });
  expect(flags('--overlay=/upper')).toEqual(['--overlay=/upper']);
});

test('options may follow an argument', () => {
  expect(split('id', '-d')).toEqual({ flags: ['--detach'], positionals: ['id'] });
});

test('the words of a program are left alone', () => {
  const words = ['id', 'ls', '-d', '--nothing', '--', '-b'];
  expect(splitArguments({ args: ['-t', ...words], table, permute: false })).toEqual({ flags: ['--tty'], positionals: words });
});

test('nothing after two dashes is an option', () => {
  expect(split('-d', '--', '-t', 'x')).toEqual({ flags: ['--detach'], positionals: ['-t', 'x'] });
});

test('a single dash is an argument', () => {
  expect(split('-').positionals).toEqual(['-']);
});

test.each([
  [['--bundle'], 'flag needs an argument: -bundle'],
  [['-e'], 'flag needs an argument: -e'],
  [['-de'], 'flag needs an argument: -e'],
  [['--nothing'], 'flag provided but not defined: -nothing'],
  [['-dx'], 'flag provided but not defined: -dx'],
  [['--detach=maybe'], 'invalid boolean value "maybe" for -detach: parse error'],
])("Go's words for a mistake: %j", (args, message) => {
  expect(() => split(...args)).toThrow(message);
});

test('words without a dash come through in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.string().filter((word) => !word.startsWith('-'))), (words) => {
      expect(split(...words)).toEqual({ flags: [], positionals: words });
    }),
  );
});
