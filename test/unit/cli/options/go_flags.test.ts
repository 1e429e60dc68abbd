import fc from 'fast-check';
import { expect, test } from 'vitest';
import { optionNames, splitArguments } from '../../../../src/cli/options/go_flags.js';
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

const split = (...args: string[]) => splitArguments({ args, names: optionNames(table), permute: true });
const flags = (...args: string[]) => split(...args).flags;

test.each([['--bundle', '/b'], ['--bundle=/b'], ['-bundle', '/b'], ['-bundle=/b'], ['-b', '/b'], ['-b=/b'], ['--b', '/b'], ['-b/b']])(
  'one or two dashes, and an attached or separate value mean the same: %s %s',
  (...args) => {
    expect(flags(...args)).toEqual(['--bundle=/b']);
  },
);

test('a long option may have a single dash, as containerd calls restore', () => {
  expect(split('-no-subreaper', '--bundle', 'b', 'id')).toEqual({ flags: ['--no-subreaper', '--bundle=b'], positionals: ['id'] });
});

test('letters may share one word, and the last may have a value', () => {
  expect(flags('-dtb/x')).toEqual(['--detach', '--tty', '--bundle=/x']);
});

test('the next word is the value, whatever it looks like', () => {
  expect(flags('-e', '-d', '--bundle', '--detach')).toEqual(['--env=-d', '--bundle=--detach']);
});

test('a value may be empty, and may contain an equals sign', () => {
  expect(flags('--bundle=', '-e', 'A=b=c')).toEqual(['--bundle=', '--env=A=b=c']);
});

test.each(['1', 't', 'true', 'TRUE', 'True'])('a switch is on by =%s', (value) => {
  expect(flags(`--detach=${value}`)).toEqual(['--detach']);
});

test.each(['0', 'f', 'false', 'FALSE', 'False'])('a switch is off by =%s', (value) => {
  expect(flags(`-d=${value}`)).toEqual([]);
});

test('an alias works like the option itself', () => {
  expect(flags('-V')).toEqual(['--version']);
});

test('an optional value is only read after an equals sign', () => {
  expect(split('--overlay', 'id')).toEqual({ flags: ['--overlay=memory'], positionals: ['id'] });
  expect(flags('--overlay=/upper')).toEqual(['--overlay=/upper']);
});

test('options may follow an argument', () => {
  expect(split('id', '-d')).toEqual({ flags: ['--detach'], positionals: ['id'] });
});

test('the arguments of a program are left alone', () => {
  const words = ['id', 'ls', '-d', '--nothing', '--', '-b'];
  expect(splitArguments({ args: ['-t', ...words], names: optionNames(table), permute: false })).toEqual({
    flags: ['--tty'],
    positionals: words,
  });
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
])("mistakes are reported in Go's words: %j", (args, message) => {
  expect(() => split(...args)).toThrow(message);
});

test('words without a dash keep their order', () => {
  fc.assert(
    fc.property(fc.array(fc.string().filter((word) => !word.startsWith('-'))), (words) => {
      expect(split(...words)).toEqual({ flags: [], positionals: words });
    }),
  );
});
