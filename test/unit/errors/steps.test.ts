import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { step } from '../../../src/protocol/steps.js';

test('the steps are those of plan_format.h', () => {
  const header = readFileSync(new URL('../../../native/plan_format.h', import.meta.url), 'utf8');
  const list = /enum class Step[^{]*\{([^}]*)\}/.exec(header)?.[1] ?? '';
  const there = [...list.replace(/\/\/.*/g, '').matchAll(/k(\w+) = (\d+)/g)].map(([, name = '', number]) => [
    name[0]?.toLowerCase() + name.slice(1),
    Number(number),
  ]);
  expect(Object.fromEntries(there)).toEqual(step);
});
