import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExactly } from '../../../src/json/parse_exactly.js';
import { jsonText } from '../../../src/json/text.js';

const big = fc
  .bigInt({ min: -(2n ** 70n), max: 2n ** 70n })
  .map((value) => (value >= -(2n ** 53n) + 1n && value <= 2n ** 53n - 1n ? Number(value) : value));
/** Text that looks like JSON with long integers. */
const treacherous = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '__proto__',
    ': 12345678901234567,',
    '[12345678901234567]',
    ', 0 ,',
    ' 0 ,',
    '"',
    '\\',
    '\\u1234567890123456789',
    '12345678901234567',
    '\u2028',
  ),
);
const documents = (key: fc.Arbitrary<string>): fc.Arbitrary<unknown[]> =>
  fc.letrec<{ value: unknown; list: unknown[] }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      big,
      treacherous,
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      fc.dictionary(key, tie('value')),
    ),
    list: fc.array(tie('value')),
  })).list;

/** Whether two documents are equal, except for integers that were left rounded. */
function isAtWorstRounded(given: unknown, found: unknown): boolean {
  if (typeof given === 'bigint') return found === given || found === Number(given);
  if (typeof given !== 'object' || given === null) return Object.is(given, found) || (given === 0 && found === 0);
  return (
    typeof found === 'object' &&
    found !== null &&
    Object.keys(given).every((key) => isAtWorstRounded(Reflect.get(given, key), Reflect.get(found, key)))
  );
}

describe('JSON with integers of any size', () => {
  test('is reproduced as it was written', () => {
    const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', '"', '\\', 'a'));
    fc.assert(
      fc.property(documents(key), fc.constantFrom(0, 2), (value, indent) => {
        const text = jsonText(value, indent);
        expect(jsonText(parseExactly(text), indent)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('never turns one integer into another, whatever names and strings contain', () => {
    fc.assert(
      fc.property(documents(treacherous), (value) => isAtWorstRounded(value, parseExactly(jsonText(value)))),
      { numRuns: 2000 },
    );
  });

  test('is written as JSON.stringify writes it if it has no bigints', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 4), (value, indent) => {
        // The second element makes the writer for bigints write all of it.
        expect(jsonText([value, 2n ** 60n], indent)).toBe(
          JSON.stringify([value, 0], null, indent).replace(/0(\n?\])$/, '1152921504606846976$1'),
        );
      }),
    );
  });

  test('may have them wherever a number is allowed', () => {
    expect(parseExactly('{"a":9007199254740993,"b":[ -9007199254740993\n,9007199254740994 ],"c" : {"d":\t12345678901234567890}}')).toEqual({
      a: 9007199254740993n,
      b: [-9007199254740993n, 9007199254740994n],
      c: { d: 12345678901234567890n },
    });
  });

  test('keeps strings that only look like integers', () => {
    const text =
      '{"a":"x: 9007199254740993, y","9007199254740993":"[9007199254740993]","c":0.9007199254740993,"d":9007199254740993e2,"e":9007199254740993.5,"f":1}';
    expect(parseExactly(text)).toEqual(JSON.parse(text));
  });

  test('leaves ambiguous numbers rounded, so that shapes refuse them', () => {
    const text = '{"x: 9007199254740993 ,":5,"x: 0 ,":9007199254740993}';
    const found = Object.values(parseExactly(text) as Record<string, unknown>);
    expect(found[0]).toBe(5);
    expect([9007199254740993n, 9007199254740992]).toContain(found[1]);
  });

  test('leaves an integer of millions of digits rounded, because it fits nowhere', () => {
    expect(parseExactly(`[${'9'.repeat(64)}]`)).toEqual([BigInt('9'.repeat(64))]);
    expect(parseExactly(`[${'9'.repeat(65)}]`)).toEqual([1e65]);
    const blanks = ' '.repeat(10_000_000);
    const digits = '9'.repeat(10_000_000);
    expect(parseExactly(`[${digits},-${digits},"${digits}", 9007199254740993${blanks}]`)).toEqual([
      Infinity,
      -Infinity,
      digits,
      9007199254740993n,
    ]);
  });

  test('takes time in proportion to its size', () => {
    const text = JSON.stringify({ a: Array.from({ length: 100_000 }, (_, index) => `"\\, 9007199254740993, ${index}`), b: 1 }).replace(
      /1}$/,
      '9007199254740993}',
    );
    expect((parseExactly(text) as { b: unknown }).b).toBe(9007199254740993n);
  });
});
