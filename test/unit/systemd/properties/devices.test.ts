import { expect, test } from 'vitest';
import { deviceProperties } from '../../../../src/systemd/properties/devices.js';
import type { DeviceRule } from '../../../../src/spec/types.js';
import type { Value } from '../../../../src/systemd/bus/values.js';

const denyAll: DeviceRule = { allow: false, access: 'rwm' };
const zero: DeviceRule = { allow: true, type: 'c', major: 1, minor: 5, access: 'rw' };
const of = (...rules: DeviceRule[]): readonly Value[] => deviceProperties(rules, [zero]).map(({ value }) => value);
const zeroEntry = ['/dev/char/1:5', 'rw'];

test.each<[string, DeviceRule[], Value]>([
  ['a device', [denyAll, { allow: true, type: 'b', major: 8, minor: 0, access: 'r' }], ['/dev/block/8:0', 'r']],
  ['every minor number', [denyAll, { allow: true, type: 'c', major: 136, access: 'rwm' }], ['char-136', 'rwm']],
  ['every device of a kind', [denyAll, { allow: true, type: 'c', access: 'm' }], ['char-*', 'm']],
  ['runc writes -1 for any', [denyAll, { allow: true, type: 'c', major: -1, minor: -1, access: 'm' }], ['char-*', 'm']],
])('%s is allowed by the unit', (_what, rules, entry) => {
  expect(of(...rules)).toEqual(['strict', [], [entry, zeroEntry]]);
});

test('what comes before "deny all" has no effect', () => {
  expect(of({ allow: true, type: 'c', major: 5, minor: 1, access: 'rwm' }, denyAll)).toEqual(['strict', [], [zeroEntry]]);
});

test.each<[string, DeviceRule[]]>([
  ['everything is allowed', [denyAll, { allow: true, access: 'rwm' }]],
  ['something is denied afterwards', [denyAll, { allow: true, type: 'c', access: 'rwm' }, { allow: false, type: 'c', major: 1, minor: 1 }]],
  ['only writing is denied', [{ allow: false, access: 'w' }]],
])('the unit allows everything if %s: the rules are in the program', (_what, rules) => {
  expect(of(...rules)).toEqual(['auto', []]);
});

test('without rules everything but the default devices is denied', () => {
  expect(of()).toEqual(['strict', [], [zeroEntry]]);
});
