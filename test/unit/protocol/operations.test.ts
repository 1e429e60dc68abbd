import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { operations, planMagic, planVersion } from '../../../src/protocol/operations.js';

const header = readFileSync(new URL('../../../native/plan_format.h', import.meta.url), 'utf8');

/** `kJoinNamespace` is `joinNamespace` there. */
function operationsOfHeader(): Record<string, number> {
  const list = /enum class Op : uint16_t \{([\s\S]*?)\n\};/.exec(header)?.[1] ?? '';
  const found: Record<string, number> = {};
  for (const [, name = '', id] of list.matchAll(/^ {2}k(\w+) = (\d+),/gm)) found[`${name[0]?.toLowerCase()}${name.slice(1)}`] = Number(id);
  return found;
}

test('the operations are those of native/plan_format.h', () => {
  const ours = Object.fromEntries(Object.entries(operations).map(([name, { id }]) => [name, id]));
  expect(ours).toEqual(operationsOfHeader());
});

test('no operation has more numbers or texts than a record holds', () => {
  for (const [name, { numbers, texts }] of Object.entries(operations)) {
    expect(numbers.length, name).toBeLessThanOrEqual(8);
    expect(texts.length, name).toBeLessThanOrEqual(4);
  }
});

test('the decoder knows each number of an operation by its width, and each text', () => {
  const decoder = readFileSync(new URL('../../../native/plan_decode.cc', import.meta.url), 'utf8');
  const shapes = new Map(
    [...decoder.matchAll(/\{Op::k(\w+), "(\w*)", "(\w*)"\}/g)].map(([, name = '', ...kinds]) => [
      `${name[0]?.toLowerCase()}${name.slice(1)}`,
      kinds,
    ]),
  );
  expect([...shapes.keys()]).toEqual(Object.keys(operations));
  for (const [name, shape] of Object.entries(operations)) {
    const [widths = '', kinds = ''] = shapes.get(name) ?? [];
    expect(widths, name).toHaveLength(shape.numbers.length);
    expect(kinds, name).toHaveLength(shape.texts.length);
    const long: readonly string[] = 'long' in shape ? shape.long : [];
    shape.numbers.forEach((number, index) => {
      if (long.includes(number)) expect(widths[index], `${name}: ${number}`).toBe('l');
    });
  }
});

test('magic and version are those of native/plan_format.h', () => {
  expect(Number(/kMagic = (0x[0-9a-f]+)/.exec(header)?.[1])).toBe(planMagic);
  expect(Number(/kVersion = (\d+)/.exec(header)?.[1])).toBe(planVersion);
});
