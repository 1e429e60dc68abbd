import { expect, test } from 'vitest';
import { checked } from '../../../../src/library/arguments/checked.js';
import { plainCopy } from '../../../../src/library/arguments/plain_copy.js';
import { listOf, objectOf, text } from '../../../../src/spec/shapes/shape.js';
import { refusal } from '../host.js';

const shape = objectOf<{ readonly env?: readonly string[]; readonly inner?: { readonly name?: string } }>({
  env: listOf(text),
  inner: objectOf<{ readonly name?: string }>({ name: text }),
});

test('a later change of what was passed does not change what was checked', () => {
  const value = { env: ['A=b'], inner: { name: 'n' } };
  const result = checked({ method: 'm', value, shape });
  value.env[0] = 'A\0b';
  value.inner.name = 'other';
  expect(result).toEqual({ env: ['A=b'], inner: { name: 'n' } });
});

test('each member is read once, also of a Proxy', () => {
  const reads: string[] = [];
  const inner = new Proxy({ name: 'n' }, { get: (target, name) => (reads.push(String(name)), Reflect.get(target, name) as unknown) });
  expect(checked({ method: 'm', value: { inner }, shape })).toEqual({ inner: { name: 'n' } });
  expect(reads).toEqual(['name']);
});

test('undefined and null are absent, at every depth', () => {
  const value = { env: undefined, inner: { name: null } } as never;
  expect(checked<object>({ method: 'm', value, shape })).toEqual({ inner: {} });
  expect(Object.keys(checked<object>({ method: 'm', value, shape }))).toEqual(['inner']);
});

test('an undefined element of a list is not absent', async () => {
  expect(await refusal(() => checked({ method: 'm', value: { env: [undefined] } as never, shape }))).toMatchObject({
    code: 'usage',
    path: 'env.0',
  });
});

test('an object that contains itself is refused', async () => {
  const value: Record<string, unknown> = {};
  value['inner'] = value;
  expect(await refusal(() => checked({ method: 'm', value, shape }))).toMatchObject({
    code: 'usage',
    message: 'm: the argument is nested deeper than 64 levels',
  });
});

test('a member with the name __proto__ stays a member', () => {
  const copy = plainCopy(JSON.parse('{"__proto__": {"polluted": true}}')) as object;
  expect(Object.keys(copy)).toEqual(['__proto__']);
  expect(Reflect.get(copy, 'polluted')).toBeUndefined();
});
