import { expect, test } from 'vitest';
import { limitProperties } from '../../../../src/systemd/properties/limits.js';
import type { Value } from '../../../../src/systemd/bus/values.js';

const infinity = 2n ** 64n - 1n;
const of = (file: string, value: string): Readonly<Record<string, Value>> =>
  Object.fromEntries(limitProperties([{ file, value }]).map((property) => [property.name, property.value]));

test.each<[string, string, Readonly<Record<string, Value>>]>([
  ['memory.max', '67108864', { MemoryMax: 67108864n }],
  ['memory.max', 'max', { MemoryMax: infinity }],
  ['memory.low', '1', { MemoryLow: 1n }],
  ['memory.swap.max', '0', { MemorySwapMax: 0n }],
  ['memory.high', '9223372036854771712', { MemoryHigh: 9223372036854771712n }],
  ['memory.high', '16M', {}],
  ['pids.max', 'max', { TasksMax: infinity }],
  ['cpu.weight', '50', { CPUWeight: 50n }],
  ['cpu.max', '20000 100000', { CPUQuotaPerSecUSec: 200000n, CPUQuotaPeriodUSec: 100000n }],
  ['cpu.max', '33333 100000', { CPUQuotaPerSecUSec: 340000n, CPUQuotaPeriodUSec: 100000n }],
  ['cpu.max', 'max 50000', { CPUQuotaPerSecUSec: infinity, CPUQuotaPeriodUSec: 50000n }],
  ['cpu.max', '20000', { CPUQuotaPerSecUSec: 200000n, CPUQuotaPeriodUSec: 100000n }],
  ['cpu.max', 'some 0', {}],
  ['cpuset.cpus', '0-2,9', { AllowedCPUs: [7, 2] }],
  ['cpuset.mems', '0', { AllowedMemoryNodes: [1] }],
  ['cpuset.cpus', '', { AllowedCPUs: [] }],
  ['io.weight', '100', { IOWeight: 100n }],
  ['io.weight', 'default 100', { IOWeight: 100n }],
  ['io.weight', '8:0 100', {}],
  ['io.max', '8:0 rbps=1', {}],
  ['cpu.max.burst', '1', {}],
])('%s = %j', (file, value, expected) => {
  expect(of(file, value)).toEqual(expected);
});

test('the last write of a file takes precedence, as in the cgroup', () => {
  const writes = [
    { file: 'memory.max', value: '1' },
    { file: 'memory.max', value: '2' },
  ];
  expect(limitProperties(writes).map(({ value }) => value)).toEqual([2n]);
});

test('a weight of bfq is given in the scale of io.weight', () => {
  const write = { file: 'io.bfq.weight', value: '100', otherwise: { file: 'io.weight', value: '910' } };
  expect(limitProperties([write])).toEqual([{ name: 'IOWeight', signature: 't', value: 910n }]);
});
