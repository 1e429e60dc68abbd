import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8Length, writeUtf8 } from '../../../src/protocol/utf8.js';

test('UTF-8 is what TextEncoder makes of any string, including lone surrogates', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800', '\udc00', '\ud83d\ude00'), (text, odd) => {
      const whole = text + odd + text;
      const wanted = new TextEncoder().encode(whole);
      const bytes = new Uint8Array(wanted.length + 1);
      expect(utf8Length(whole)).toBe(wanted.length);
      expect(writeUtf8(bytes, 1, whole)).toBe(wanted.length + 1);
      expect(bytes.subarray(1)).toEqual(wanted);
    }),
  );
});
