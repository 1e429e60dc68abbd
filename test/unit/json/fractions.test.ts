import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markFractions, mayHoldFractions } from '../../../src/json/fractions.js';

const marked = (text: string): unknown => markFractions(text, JSON.parse(text));
const token = (value: unknown): unknown => (typeof value === 'symbol' ? { token: value.description } : value);

describe('whether a number is an integer is decided by its text:', () => {
  test.each([
    '9007199254740990.7',
    '1.0000000000000001',
    '-1.0000000000000001',
    '0.99999999999999999',
    '1e-400',
    '10000000000000001e-16',
    `0.${'0'.repeat(400)}1`,
    '5E-9999',
  ])('marks %s, which JSON.parse rounds to an integer', (number) => {
    expect(Number.isInteger(JSON.parse(number))).toBe(true);
    expect(mayHoldFractions(`{"a": ${number}}`)).toBe(true);
    expect(token((marked(`{"a": ${number}}`) as { a: unknown }).a)).toEqual({ token: number });
  });

  test.each(['0', '-0', '-0.0', '0e-999', '15', '1.5e1', '1.50e1', '10e-1', '1e3', '100.000', '1e400', '5e-324', '0.5', '-2.5'])(
    'leaves %s to the shapes',
    (number) => {
      expect(Object.is((marked(`[${number}]`) as unknown[])[0], JSON.parse(number))).toBe(true);
    },
  );

  test('marks nothing in strings and names', () => {
    const text =
      '{" 1.0000000000000001 ":": 1.0000000000000001,","\\"":["1.0000000000000001", ", 1e-400 ,"],"__proto__":1.0000000000000001}';
    const found = marked(text) as Record<string, unknown>;
    expect(Object.entries(found).map(([name, value]) => [name, token(value)])).toEqual([
      [' 1.0000000000000001 ', ': 1.0000000000000001,'],
      ['"', ['1.0000000000000001', ', 1e-400 ,']],
      ['__proto__', { token: '1.0000000000000001' }],
    ]);
  });

  test('a number with a fraction is never overlooked', () => {
    const number = fc.tuple(
      fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }),
      fc.bigInt({ min: 0n, max: 10n ** 30n }),
      fc.integer({ min: -400, max: 40 }),
      fc.constantFrom('e', 'E'),
    );
    fc.assert(
      fc.property(
        number,
        fc.boolean(),
        fc.constantFrom('[', '[ ', '[1,', '{"a":', '{"a":\n\t'),
        ([whole, fraction, exponent, letter], dot, before) => {
          const written = `${whole}${dot ? `.${fraction}` : ''}${letter}${exponent}`;
          const text = `${before}${written}${before.startsWith('[') ? ']' : '}'}`;
          const value = Object.values(marked(text) as object).at(-1) as unknown;
          const digits = BigInt(`${whole}${dot ? fraction : ''}`);
          const power = exponent - (dot ? String(fraction).length : 0);
          const exact = power >= 0 || digits % 10n ** BigInt(-power) === 0n;
          if (!exact) expect(Number.isInteger(value)).toBe(false);
          if (!exact) expect(mayHoldFractions(text)).toBe(true);
          if (exact) expect(typeof value).toBe('number');
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('a typical configuration is not parsed twice', () => {
    expect(mayHoldFractions('{"ociVersion":"1.0.2","a":["/etc/resolv.conf","VERSION=1.5","x-1","pre-e-1","10.0.0.1"],"b":12}')).toBe(false);
  });

  test('takes time in proportion to the size of the text', () => {
    const digits = '1'.repeat(2_000_000);
    const text = `[${digits}.5,${'1.5,'.repeat(200_000)}0.${'0'.repeat(2_000_000)}]`;
    expect(mayHoldFractions(text)).toBe(true);
    expect((marked(text) as unknown[]).at(-1)).toBe(0);
  });
});
