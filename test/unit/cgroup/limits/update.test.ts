import { describe, expect, test } from 'vitest';
import { filesToKeep, restoreWrites } from '../../../../src/cgroup/limits/restore.js';
import { updateWrites } from '../../../../src/cgroup/limits/update.js';
import { mergeResources } from '../../../../src/spec/resources/merge.js';
import type { Resources } from '../../../../src/spec/types.js';

const texts = (before: Resources, given: Resources): string[] =>
  updateWrites({ before, given }).map(({ file, value }) => `${file}=${value}`);

describe('an update writes', () => {
  test.each<[string, Resources, Resources, string[]]>([
    ['nothing for an empty document', { pids: { limit: 3 }, cpu: { shares: 5 } }, {}, []],
    [
      'nothing for zeros',
      { memory: { limit: 100 } },
      { memory: { limit: 0, swap: 0 }, cpu: { shares: 0, quota: 0 }, blockIO: { weight: 0 } },
      [],
    ],
    ['only what it gives', { memory: { limit: 100 }, pids: { limit: 3 } }, { pids: { limit: 4 } }, ['pids.max=4']],
    [
      'swap again with a new memory limit',
      { memory: { limit: 100, swap: 300 } },
      { memory: { limit: 200 } },
      ['memory.swap.max=100', 'memory.max=200'],
    ],
    ['swap by the memory limit there is', { memory: { limit: 100 } }, { memory: { swap: 150 } }, ['memory.swap.max=50', 'memory.max=100']],
    [
      'no limit of swap without a limit of memory',
      { memory: { limit: 100, swap: 300 } },
      { memory: { limit: -1 } },
      ['memory.swap.max=max', 'memory.max=max'],
    ],
    ['only the reservation', { memory: { limit: 100, swap: 300 } }, { memory: { reservation: 50 } }, ['memory.low=50']],
    ['a quota with the period there is', { cpu: { period: 20_000 } }, { cpu: { quota: 10_000 } }, ['cpu.max=10000 20000']],
    ['a period with the quota there is', { cpu: { quota: 10_000 } }, { cpu: { period: 50_000 } }, ['cpu.max=10000 50000']],
    [
      'the burst around the quota',
      { cpu: { quota: 10_000, burst: 500 } },
      { cpu: { quota: 20_000 } },
      ['cpu.max.burst=0', 'cpu.max=20000 100000', 'cpu.max.burst=500'],
    ],
    ['no quota', { cpu: { quota: 10_000 } }, { cpu: { quota: -1 } }, ['cpu.max=max 100000']],
    [
      'no burst',
      { cpu: { quota: 10_000, burst: 500 } },
      { cpu: { burst: 0 } },
      ['cpu.max.burst=0', 'cpu.max=10000 100000', 'cpu.max.burst=0'],
    ],
    [
      'the weight again when it is idle no more',
      { cpu: { shares: 1024, idle: 1 } },
      { cpu: { idle: 0 } },
      ['cpu.idle=0', 'cpu.weight=100'],
    ],
    ['no weight while it is idle', { cpu: { idle: 1 } }, { cpu: { shares: 1024 } }, ['cpu.idle=1']],
    [
      'nothing over a file of unified that it does not give',
      { memory: { limit: 100, swap: 300 }, cpu: { quota: 5000 }, unified: { 'memory.max': '150', 'cpu.max': '7000 100000' } },
      { memory: { swap: 200 }, cpu: { burst: 10 } },
      ['memory.swap.max=100', 'cpu.max.burst=0', 'cpu.max.burst=10'],
    ],
    [
      'a limit in place of a file of unified before',
      { memory: { limit: 100 }, unified: { 'memory.max': '150' } },
      { memory: { limit: 200 } },
      ['memory.max=200'],
    ],
    [
      'both of one document, unified last',
      { unified: { 'memory.max': '150' } },
      { memory: { limit: 200 }, unified: { 'memory.max': '250' } },
      ['memory.max=200', 'memory.max=250'],
    ],
    [
      'a throttle beside lines of unified before',
      { unified: { 'io.max': '8:0 rbps=1' } },
      { blockIO: { throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 2 }] } },
      ['io.max=8:0 wbps=2'],
    ],
    ['cpusets alone', { cpu: { shares: 5, cpus: '0' } }, { cpu: { cpus: '0-1' } }, ['cpuset.cpus=0-1']],
  ])('%s', (_, before, given, written) => {
    expect(texts(before, given)).toEqual(written);
  });

  test('swap below a raised memory limit is refused', () => {
    expect(() => texts({ memory: { limit: 100, swap: 150 } }, { memory: { limit: 200 } })).toThrow(
      'memory+swap limit should be >= memory limit',
    );
  });
});

describe('what is recorded', () => {
  const before: Resources = {
    memory: { limit: 100, swap: 200 },
    devices: [{ allow: false }],
    hugepageLimits: [{ pageSize: '2MB', limit: 1 }],
    blockIO: { weight: 10, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1 }] },
    unified: { 'memory.high': '5' },
  };

  test('is what was there, with what is given', () => {
    const given: Resources = {
      memory: { limit: 150, swap: 0 },
      hugepageLimits: [
        { pageSize: '1GB', limit: 2 },
        { pageSize: '2MB', limit: 3 },
      ],
      blockIO: {
        throttleReadBpsDevice: [
          { major: 8, minor: 16, rate: 2 },
          { major: 8, minor: 0, rate: 3 },
        ],
      },
      unified: { 'cpu.max': '1 2' },
      cpu: { idle: 0, burst: 0, cpus: '' },
    };
    expect(mergeResources(before, given)).toEqual({
      memory: { limit: 150, swap: 200 },
      devices: [{ allow: false }],
      hugepageLimits: [
        { pageSize: '2MB', limit: 3 },
        { pageSize: '1GB', limit: 2 },
      ],
      blockIO: {
        weight: 10,
        throttleReadBpsDevice: [
          { major: 8, minor: 0, rate: 3 },
          { major: 8, minor: 16, rate: 2 },
        ],
      },
      unified: { 'memory.high': '5', 'cpu.max': '1 2' },
      cpu: { idle: 0, burst: 0 },
    });
  });

  test('has the device rules of the update alone', () => {
    expect(mergeResources(before, { devices: [{ allow: true }] }).devices).toEqual([{ allow: true }]);
  });

  test('has no file of unified that is given in other words', () => {
    const unified = { 'memory.max': '1', 'memory.swap.max': '2', 'memory.high': '3', 'cpu.max': '4 5', 'pids.max': '6' };
    const of = (given: Resources): readonly string[] => Object.keys(mergeResources({ unified }, given).unified ?? {});
    expect(of({ memory: { limit: 9 }, cpu: { period: 9 } })).toEqual(['memory.swap.max', 'memory.high', 'pids.max']);
    expect(of({ memory: { limit: -1 }, pids: { limit: 0 } })).toEqual(['memory.high', 'cpu.max', 'pids.max']);
    expect(of({ memory: { limit: 9 }, unified: { 'memory.max': '7' } })).toContain('memory.max');
  });

  test('of nothing is what was there', () => {
    expect(mergeResources(before, {})).toEqual(before);
  });
});

describe('a failed update brings back', () => {
  const back = (writes: readonly (readonly [string, string])[], files: Readonly<Record<string, string>>): string[] => {
    const all = writes.map(([file, value]) => ({ file, value, pointer: '' }));
    const kept = filesToKeep(all).flatMap((file) => (files[file] === undefined ? [] : [{ file, text: files[file] }]));
    return restoreWrites(kept, all).map(({ file, value }) => `${file}=${value}`);
  };

  test('what was written last first', () => {
    const writes = [
      ['memory.swap.max', '1'],
      ['memory.max', '2'],
    ] as const;
    expect(back(writes, { 'memory.swap.max': 'max\n', 'memory.max': '77\n' })).toEqual(['memory.max=77', 'memory.swap.max=max']);
  });

  test('an empty list as an empty line', () => {
    expect(back([['cpuset.cpus', '0']], { 'cpuset.cpus': '\n' })).toEqual(['cpuset.cpus=\n']);
  });

  test('the burst after the quota, which it may not exceed', () => {
    const writes = [
      ['cpu.max.burst', '0'],
      ['cpu.max', '9 10'],
      ['cpu.max.burst', '9'],
    ] as const;
    expect(back(writes, { 'cpu.max.burst': '3\n', 'cpu.max': '5 10\n' })).toEqual(['cpu.max.burst=0', 'cpu.max=5 10', 'cpu.max.burst=3']);
  });

  test('the weight that the kernel changes with idle', () => {
    expect(back([['cpu.idle', '1']], { 'cpu.idle': '0\n', 'cpu.weight': '40\n' })).toEqual(['cpu.idle=0', 'cpu.weight=40']);
  });

  test('no weight to a cgroup that was idle', () => {
    expect(back([['cpu.idle', '0']], { 'cpu.idle': '1\n', 'cpu.weight': '0\n' })).toEqual(['cpu.idle=1']);
  });

  test('the line of a device, or what a device without a line has', () => {
    const writes = [
      ['io.max', '8:0 rbps=1'],
      ['io.max', '8:16 wbps=1'],
    ] as const;
    expect(back(writes, { 'io.max': '8:0 rbps=5 wbps=max riops=max wiops=max\n' })).toEqual([
      'io.max=8:0 rbps=5 wbps=max riops=max wiops=max',
      'io.max=8:16 rbps=max wbps=max riops=max wiops=max',
    ]);
  });

  test('a default weight without its key, which BFQ does not know', () => {
    const writes = [
      ['io.weight', '7'],
      ['io.weight', '8:0 9'],
    ] as const;
    expect(back(writes, { 'io.weight': 'default 100\n' })).toEqual(['io.weight=100', 'io.weight=8:0 default']);
  });
});
