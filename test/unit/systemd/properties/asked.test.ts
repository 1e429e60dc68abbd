import { describe, expect, test } from 'vitest';
import { askedProperties } from '../../../../src/systemd/properties/asked.js';
import { parseGVariant } from '../../../../src/systemd/properties/gvariant.js';

describe('a value of GVariant', () => {
  test.each([
    ['true', 'b', true],
    ['false', 'b', false],
    ['5', 'i', 5],
    ['-5', 'i', -5],
    ['0x10', 'i', 16],
    ['uint32 4294967295', 'u', 4294967295],
    ['byte 255', 'y', 255],
    ['1.5', 'd', 1.5],
    ['double 2', 'd', 2],
    ["'a b'", 's', 'a b'],
    ['"it\'s"', 's', "it's"],
    ["'a\\'b\\n'", 's', "a'b\n"],
    ["['a', 'b']", 'as', ['a', 'b']],
    ['[1,2]', 'ai', [1, 2]],
    ['@as []', 'as', []],
    ["@s 'x'", 's', 'x'],
    ['@au [1, 2]', 'au', [1, 2]],
  ])('%s is of type %s', (text, signature, value) => {
    expect(parseGVariant(text)).toEqual({ signature, value });
  });

  test('of 64 bits keeps all of them', () => {
    expect(parseGVariant('uint64 18446744073709551615')).toEqual({ signature: 't', value: 2n ** 64n - 1n });
    expect(parseGVariant('int64 -9223372036854775808')).toEqual({ signature: 'x', value: -(2n ** 63n) });
  });

  test.each([
    '',
    ' ',
    'yes',
    '2147483648',
    'byte 256',
    'uint64 -1',
    'uint64 18446744073709551616',
    "'a",
    '[]',
    "['a', 1]",
    '[1',
    '[1,]',
    '[[1]]',
    '1 2',
    'byte true',
    "uint64 '5'",
    "('a', 1)",
    '1e999',
    '@b 5',
    "string string 'x'",
    "@s @s 'x'",
    "[@s 'x', 1]",
    '@as [uint32 1]',
  ])('%j is refused', (text) => {
    expect(parseGVariant(text)).toBeNull();
  });
});

test.each(['[', 'string ', '@s ', '-'])('a hundred thousand times %j is refused, in a short message', (part) => {
  const text = part.repeat(100_000);
  expect(parseGVariant(text)).toBeNull();
  expect(() => askedProperties([['KillSignal', text]])).toThrow(/not a value of GVariant: .{1,13000}$/);
});

describe('an annotation', () => {
  test.each([
    ['TimeoutStopSec', '1.5', 'TimeoutStopUSec', 1_500_000n],
    ['TimeoutStopSec', 'uint64 90', 'TimeoutStopUSec', 90_000_000n],
  ])('%s = %s is %s', (name, text, property, value) => {
    expect(askedProperties([[name, text]])).toEqual([{ name: property, signature: 't', value }]);
  });

  test.each([
    ['TimeoutStopUSec', 'uint64 5', { signature: 't', value: 5n }],
    ['KillSignal', '15', { signature: 'i', value: 15 }],
    ['After', "['a.service']", { signature: 'as', value: ['a.service'] }],
  ])('%s = %s is taken as it is', (name, text, value) => {
    expect(askedProperties([[name, text]])).toEqual([{ name, ...value }]);
  });

  test.each([
    ['PIDs', '[1]'],
    ['Slice', "'a.slice'"],
    ['Description', "'x'"],
    ['Delegate', 'false'],
    ['RefuseManualStart', 'true'],
    ['RefuseManualStop', 'true'],
    ['lower', '1'],
    ['A', '1'],
    ['With Space', '1'],
    ['', '1'],
    ['TimeoutStopSec', "'5'"],
    ['TimeoutStopSec', '-1'],
    ['TimeoutStopSec', 'uint64 18446744073709551615'],
    ['KillSignal', 'SIGTERM'],
  ])('%s = %s is refused by its name', (name, text) => {
    expect(() => askedProperties([[name, text]])).toThrow(`annotation "org.systemd.property.${name}"`);
  });
});
