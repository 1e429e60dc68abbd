import { describe, expect, test } from 'vitest';
import { encodePlan } from '../../../src/protocol/encode.js';
import { layout } from '../../../src/protocol/numbers/layout.js';
import type { Operation, OperationName } from '../../../src/protocol/operations.js';
import { shapes, type Shape } from '../../../src/protocol/shapes.js';
import { planOf } from '../plan/fixtures.js';

const encodeText = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Decoded {
  readonly op: OperationName;
  readonly [field: string]: bigint | string | Uint8Array | OperationName;
}

const lists = new Set(['args', 'environment', 'data', 'lowers']);

/** Decodes a plan as drawn in native/plan_format.h, and checks it meanwhile. */
function decode(bytes: Uint8Array): Decoded[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  expect(view.getUint32(0, true)).toBe(layout.magic);
  expect(view.getUint32(4, true)).toBe(1);
  expect(view.getUint32(8, true)).toBe(bytes.length);
  const byId = new Map(Object.entries(shapes).map(([name, shape]) => [shape.id, [name, shape] as const]));
  return Array.from({ length: view.getUint32(12, true) }, (_, index) => {
    const record = 16 + 104 * index;
    const [name, shape] = byId.get(view.getUint16(record, true)) as readonly [string, Shape];
    expect(view.getUint16(record + 2, true)).toBe(0);
    expect(view.getUint32(record + 4, true)).toBe(0);
    const fields: Record<string, bigint | string | Uint8Array> = {};
    shape.numbers.forEach((field, i) => (fields[field] = view.getBigInt64(record + 8 + 8 * i, true)));
    shape.texts.forEach((field, i) => {
      const offset = view.getUint32(record + 72 + 8 * i, true);
      const length = view.getUint32(record + 76 + 8 * i, true);
      expect(bytes[offset + length]).toBe(0);
      const part = bytes.subarray(offset, offset + length);
      fields[field] = field === 'filter' || field === 'groups' ? part : new TextDecoder().decode(part);
    });
    return { op: name, ...fields } as Decoded;
  });
}

/** The operation as decode() returns it. */
function expected(operation: Operation): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(operation).map(([field, value]) => {
      if (field === 'op') return [field, value];
      if (typeof value === 'number') return [field, BigInt(value)];
      return [field, Array.isArray(value) ? value.map((entry: string) => `${entry}\0`).join('') : value];
    }),
  );
}

describe('encodePlan', () => {
  test('encodes a whole plan, which can be decoded again', () => {
    const { operations: list } = planOf();
    expect(decode(encodePlan(list, encodeText))).toEqual(list.map(expected));
    expect(list.some((operation) => Object.keys(operation).some((field) => lists.has(field)))).toBe(true);
  });

  test.each([0, 1, -1, -1000, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 32) - 5, 2 ** 41 - 1, 2 ** 53 - 1, -(2 ** 53) + 1])(
    'encodes the number %d exactly',
    (value) => {
      expect(decode(encodePlan([{ op: 'oomScoreAdj', value }], encodeText))).toEqual([{ op: 'oomScoreAdj', value: BigInt(value) }]);
    },
  );

  test.each([2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 18446744073709551516n, 2n ** 64n - 1n])(
    'encodes all 64 bits of the integer %d, even with text that is not ASCII',
    (value) => {
      for (const name of ['a', 'ä']) {
        const found = decode(encodePlan([{ op: 'rlimit', resource: 1, soft: value, hard: value, raise: 0, name }], encodeText));
        expect(found).toEqual([
          { op: 'rlimit', resource: 1n, soft: BigInt.asIntN(64, value), hard: BigInt.asIntN(64, value), raise: 0n, name },
        ]);
      }
    },
  );

  test('encodes text as UTF-8, lists as entries with a NUL, and bytes unchanged', () => {
    const list: Operation[] = [
      { op: 'hostname', name: 'grüße-€-😀' },
      { op: 'execute', preserve: 3, args: ['a', '', 'ü'], environment: [] },
      { op: 'seccomp', filterFlags: 0, listener: 0, filter: Uint8Array.of(0, 255, 0, 1) },
    ];
    expect(decode(encodePlan(list, encodeText))).toEqual(list.map(expected));
  });

  test('encodes an empty plan as its header', () => {
    expect(encodePlan([], encodeText)).toHaveLength(16);
  });
});
