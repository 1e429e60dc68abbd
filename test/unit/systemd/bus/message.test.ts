import { describe, expect, test } from 'vitest';
import { Decoder, MalformedMessage } from '../../../../src/systemd/bus/decode.js';
import { encode } from '../../../../src/systemd/bus/encode.js';
import { decodeMessage, encodeCall, messageLength } from '../../../../src/systemd/bus/message.js';
import { typesIn, type Value } from '../../../../src/systemd/bus/values.js';

const decoded = (signature: string, bytes: Uint8Array): readonly Value[] =>
  new Decoder({ bytes, at: 0, littleEndian: true }).all(signature);

test.each<[string, readonly Value[], string]>([
  ['y', [7], '07'],
  ['b', [true], '01000000'],
  ['yu', [1, 2], '0100000002000000'],
  ['t', [2n ** 64n - 1n], 'ffffffffffffffff'],
  ['x', [-2n], 'feffffffffffffff'],
  ['n', [-2], 'feff'],
  ['s', ['a'], '010000006100'],
  ['s', ['ö'], '02000000c3b600'],
  ['g', ['a(sv)'], '0561287376' + '2900'],
  ['au', [[1, 2]], '080000000100000002000000'],
  ['ay', [[]], '00000000'],
  // The padding before the first element does not count, even without an element.
  ['a(ss)', [[]], '0000000000000000'],
  ['at', [[1n]], '08000000000000000100000000000000'],
  ['v', [{ signature: 'u', value: 5 }], '0175000005000000'],
  ['(yy)', [[1, 2]], '0102'],
])('writes %s of %s as the specification says', (signature, values, hexadecimal) => {
  expect(Buffer.from(encode(signature, values)).toString('hex')).toBe(hexadecimal);
});

test('reads what it writes', () => {
  const values: readonly Value[] = ['unit', [['Name', { signature: 'au', value: [1] }]], -5n, 1.5, [], true, 'as'];
  expect(decoded('sa(sv)xdasbg', encode('sa(sv)xdasbg', values))).toEqual(values);
});

test('reads big-endian values', () => {
  const decoder = new Decoder({ bytes: Uint8Array.from([0, 0, 0, 1, 0x61, 0]), at: 0, littleEndian: false });
  expect(decoder.all('s')).toEqual(['a']);
});

test.each(['(', 'a', '()', '(s', 'z', 'a{sv', `${'a'.repeat(40)}s`])('%j is not a signature', (signature) => {
  expect(typesIn(signature)).toBeNull();
});

test('does not encode a number of values that the signature does not have', () => {
  expect(() => encode('ss', ['a'])).toThrow(TypeError);
});

describe('malformed values', () => {
  test.each<[string, string, number[]]>([
    ['s', 'a text beyond the end', [255, 0, 0, 0, 97, 0]],
    ['s', 'a text without NUL', [1, 0, 0, 0, 97, 97]],
    ['as', 'an array beyond the end', [255, 255, 255, 255]],
    ['as', 'an element beyond its array', [4, 0, 0, 0, 9, 0, 0, 0, 97, 97, 97, 97, 97, 97, 97, 97, 97, 0]],
    ['v', 'a variant of nothing', [0, 0]],
    ['v', 'a variant of two values', [2, 121, 121, 0, 1, 2]],
    ['v', 'a variant of an unknown type', [1, 122, 0, 1]],
    ['v', 'variants in variants', Array.from({ length: 400 }, (_, index) => [1, 118, 0][index % 3] ?? 0)],
    ['t', 'a number beyond the end', [1, 2, 3]],
  ])('%j: %s', (signature, _what, bytes) => {
    expect(() => decoded(signature, Uint8Array.from(bytes))).toThrow(MalformedMessage);
  });
});

describe('a message', () => {
  const call = { destination: 'org.a', path: '/a', interface: 'org.a.B', member: 'Do', signature: 'su', values: ['x', 1] };

  test('is read as it was written', () => {
    const bytes = encodeCall(call, 3);
    expect(messageLength(bytes)).toBe(bytes.length);
    expect(decodeMessage(bytes)).toMatchObject({ kind: 'call', path: '/a', interface: 'org.a.B', member: 'Do', values: ['x', 1] });
  });

  test('has a length that is known only from its whole fixed header', () => {
    expect(messageLength(encodeCall(call, 1).slice(0, 15))).toBe(0);
  });

  const changed = (at: number, value: number): Uint8Array => encodeCall(call, 1).map((byte, index) => (index === at ? value : byte));

  test.each([
    ['no endianness', 0, 0x78],
    ['another version', 3, 2],
    ['a body of 16 MiB', 7, 1],
    ['fields of 16 MiB', 15, 1],
  ])('is refused with %s', (_what, at, value) => {
    expect(() => messageLength(changed(at, value))).toThrow(MalformedMessage);
  });

  test('is refused with an unknown type', () => {
    expect(() => decodeMessage(changed(1, 9))).toThrow(MalformedMessage);
  });

  test('never fails otherwise, whichever byte is wrong, and never hangs', () => {
    const bytes = encodeCall(call, 1);
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        try {
          decodeMessage(changed(at, value));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
        }
      }
    }
  });
});
