import { describe, expect, test } from 'vitest';
import { limitWrites } from '../../../../src/cgroup/limits/index.js';
import { cpuWeight } from '../../../../src/cgroup/limits/cpu.js';
import { ioWeight } from '../../../../src/cgroup/limits/io.js';
import type { Resources } from '../../../../src/spec/types.js';

const texts = (resources: Resources): string[] => limitWrites(resources).map(({ file, value }) => `${file}=${value}`);

describe('limits that write nothing', () => {
  test.each<Resources>([
    {},
    { memory: {} },
    { cpu: {} },
    { blockIO: {} },
    { pids: undefined },
    { cpu: { shares: 0, quota: 0, period: 0 } },
    { memory: { limit: 0, swap: 0 } },
  ] as Resources[])('for %j', (resources) => {
    expect(limitWrites(resources)).toEqual([]);
  });
});

describe('a pids limit', () => {
  test('that is positive is written as it is', () => {
    expect(texts({ pids: { limit: 42 } })).toEqual(['pids.max=42']);
  });
  test('of 0 is not set', () => {
    expect(texts({ pids: { limit: 0 } })).toEqual([]);
  });
  test('that is negative means none, and needs no controller', () => {
    expect(limitWrites({ pids: { limit: -1 } })).toMatchObject([{ value: 'max', isDefault: true }]);
  });
});

describe('a memory limit', () => {
  test('is written, and swap as the difference', () => {
    expect(texts({ memory: { limit: 100, swap: 300 } })).toEqual(['memory.swap.max=200', 'memory.max=100']);
  });
  test('equal to the swap limit means no swap', () => {
    expect(texts({ memory: { limit: 100, swap: 100 } })).toEqual(['memory.swap.max=0', 'memory.max=100']);
  });
  test('that is removed removes the swap limit, too', () => {
    expect(texts({ memory: { limit: -1 } })).toEqual(['memory.swap.max=max', 'memory.max=max']);
  });
  test('may have unlimited swap beside it', () => {
    expect(texts({ memory: { limit: 100, swap: -1 } })).toEqual(['memory.swap.max=max', 'memory.max=100']);
  });
  test('that is unlimited leaves swap as given', () => {
    expect(texts({ memory: { limit: -1, swap: 50 } })).toEqual(['memory.swap.max=50', 'memory.max=max']);
  });
  test('of the reservation is memory.low, and its "no limit" needs the controller', () => {
    expect(limitWrites({ memory: { reservation: -1 } })).toMatchObject([{ file: 'memory.low', value: 'max', isDefault: false }]);
  });
  test('of swap without one of memory is refused', () => {
    expect(() => limitWrites({ memory: { swap: 100 } })).toThrow('unable to set swap limit without memory limit');
  });
  test('of swap below that of memory is refused', () => {
    expect(() => limitWrites({ memory: { limit: 100, swap: 50 } })).toThrow('memory+swap limit should be >= memory limit');
  });
  test('of 64 bits is written in digits', () => {
    const most = 9223372036854775807n;
    expect(texts({ memory: { limit: most - 1n, swap: most, reservation: most } })).toEqual([
      'memory.swap.max=1',
      'memory.max=9223372036854775806',
      'memory.low=9223372036854775807',
    ]);
    expect(texts({ memory: { limit: 2 ** 53 - 1, swap: 2n ** 53n + 1n } })).toEqual(['memory.swap.max=2', 'memory.max=9007199254740991']);
    expect(texts({ pids: { limit: most }, hugepageLimits: [{ pageSize: '2MB', limit: 2n ** 64n - 1n }] })).toEqual([
      'pids.max=9223372036854775807',
      'hugetlb.2MB.max=18446744073709551615',
      'hugetlb.2MB.rsvd.max=18446744073709551615',
    ]);
    expect(texts({ cpu: { shares: 2n ** 64n - 1n, quota: most, period: 2n ** 64n - 1n } })).toEqual([
      'cpu.weight=10000',
      'cpu.max=9223372036854775807 18446744073709551615',
    ]);
    expect(texts({ blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 2n ** 64n - 1n }] } })).toEqual([
      'io.max=8:0 rbps=18446744073709551615',
    ]);
  });
  test('ignores fields that the specification allows to be ignored', () => {
    expect(texts({ memory: { kernel: 5, kernelTCP: 6, useHierarchy: true, disableOOMKiller: false } })).toEqual([]);
  });
  test.each<[string, Resources['memory']]>([
    ['/linux/resources/memory/swappiness', { swappiness: 10 }],
    ['/linux/resources/memory/disableOOMKiller', { disableOOMKiller: true }],
  ])('%s is refused', (path, memory) => {
    expect(() => limitWrites({ memory } as Resources)).toThrow(expect.objectContaining({ code: 'unsupported', path }));
  });
});

describe('CPU limits', () => {
  // The ends, the defaults, and some values between them, computed by hand from the formula.
  test.each([
    [0, 0],
    [1, 1],
    [2, 1],
    [3, 2],
    [10, 4],
    [102, 17],
    [1024, 100],
    [2048, 174],
    [4096, 303],
    [262_144, 10_000],
    [1_000_000, 10_000],
  ])('convert the shares %i to the weight %i', (shares, weight) => {
    expect(cpuWeight(shares)).toBe(weight);
  });
  test('never lower the weight as shares rise', () => {
    for (let shares = 2; shares < 262_144; shares += 97) expect(cpuWeight(shares + 97)).toBeGreaterThanOrEqual(cpuWeight(shares));
  });
  test('write quota and period together', () => {
    expect(texts({ cpu: { quota: 50_000, period: 200_000 } })).toEqual(['cpu.max=50000 200000']);
    expect(texts({ cpu: { quota: 50_000 } })).toEqual(['cpu.max=50000 100000']);
  });
  test('with a negative quota, or a period alone, mean no limit', () => {
    expect(limitWrites({ cpu: { quota: -1 } })).toMatchObject([{ value: 'max 100000', isDefault: true }]);
    expect(limitWrites({ cpu: { period: 1000 } })).toMatchObject([{ value: 'max 1000', isDefault: true }]);
  });
  test('reset the burst before the quota changes', () => {
    expect(texts({ cpu: { quota: 50_000, burst: 1000 } })).toEqual(['cpu.max.burst=0', 'cpu.max=50000 100000', 'cpu.max.burst=1000']);
  });
  test('give an idle cgroup no weight', () => {
    expect(texts({ cpu: { idle: 1, shares: 1024 } })).toEqual(['cpu.idle=1']);
    expect(texts({ cpu: { idle: 0, shares: 1024 } })).toEqual(['cpu.idle=0', 'cpu.weight=100']);
  });
  test('write cpus and nodes', () => {
    expect(texts({ cpu: { cpus: '0-1', mems: '0' } })).toEqual(['cpuset.cpus=0-1', 'cpuset.mems=0']);
  });
  test.each(['realtimeRuntime', 'realtimePeriod'])('%s are refused', (name) => {
    expect(() => limitWrites({ cpu: { [name]: 1000 } })).toThrow(
      expect.objectContaining({ code: 'unsupported', path: `/linux/resources/cpu/${name}` }),
    );
  });
});

describe('limits of block devices', () => {
  test('write weights to BFQ, or else to iocost on its scale', () => {
    expect(limitWrites({ blockIO: { weight: 500 } })).toMatchObject([
      { file: 'io.bfq.weight', value: '500', otherwise: { file: 'io.weight', value: '4950' } },
    ]);
    expect(limitWrites({ blockIO: { weightDevice: [{ major: 8, minor: 0, weight: 10 }] } })).toMatchObject([
      { file: 'io.bfq.weight', value: '8:0 10', otherwise: { file: 'io.weight', value: '8:0 1' } },
    ]);
  });
  test('convert the ends of the scale', () => {
    expect([ioWeight(10), ioWeight(1000)]).toEqual([1, 10_000]);
  });
  test('write rates, and 0 for no limit', () => {
    const device = { major: 8, minor: 16 };
    expect(
      texts({
        blockIO: {
          throttleReadBpsDevice: [{ ...device, rate: 1000 }],
          throttleWriteBpsDevice: [{ ...device, rate: 2000 }],
          throttleReadIOPSDevice: [{ ...device, rate: 30 }],
          throttleWriteIOPSDevice: [{ ...device, rate: 0 }],
        },
      }),
    ).toEqual(['io.max=8:16 rbps=1000', 'io.max=8:16 wbps=2000', 'io.max=8:16 riops=30', 'io.max=8:16 wiops=max']);
  });
});

describe('other limits', () => {
  test('write huge pages, with their reservations', () => {
    expect(texts({ hugepageLimits: [{ pageSize: '2MB', limit: 4096 }] })).toEqual(['hugetlb.2MB.max=4096', 'hugetlb.2MB.rsvd.max=4096']);
  });
  test('do not let a page size name another file', () => {
    expect(() => limitWrites({ hugepageLimits: [{ pageSize: '../2MB', limit: 1 }] })).toThrow('page size');
  });
  test('write rdma', () => {
    expect(texts({ rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10_000 }, mlx4_0: { hcaObjects: 5 }, none: {} } })).toEqual([
      'rdma.max=mlx5_1 hca_handle=3 hca_object=10000',
      'rdma.max=mlx4_0 hca_object=5',
    ]);
  });
  test('write unified last, one line at a time', () => {
    expect(texts({ pids: { limit: 5 }, unified: { 'io.max': '8:0 rbps=1\n8:16 rbps=2\n', 'pids.max': '7' } })).toEqual([
      'pids.max=5',
      'io.max=8:0 rbps=1',
      'io.max=8:16 rbps=2',
      'pids.max=7',
    ]);
  });
  test.each(['../memory.max', 'a/b.c', 'memory', '..', '.', 'memory..max', '.memory', 'memory.', 'memory.max\n', 'memory.ma x'])(
    'refuse %j, which is not a file of a controller',
    (file) => {
      expect(() => limitWrites({ unified: { [file]: '1' } })).toThrow(expect.objectContaining({ code: 'invalid-config' }));
    },
  );
  test.each(['cgroup.procs', 'cgroup.threads', 'cgroup.kill', 'cgroup.freeze', 'cgroup.type', 'cgroup.subtree_control', 'cgroup.pressure'])(
    'refuse %s, which is a command and not a limit',
    (file) => {
      expect(() => limitWrites({ unified: { [file]: '1' } })).toThrow(expect.objectContaining({ code: 'invalid-config' }));
    },
  );
  test('may be on the tree below the cgroup', () => {
    expect(texts({ unified: { 'cgroup.max.depth': '2', 'cgroup.max.descendants': '10' } })).toEqual([
      'cgroup.max.depth=2',
      'cgroup.max.descendants=10',
    ]);
  });
  test.each<Resources>([{ network: { classID: 1 } }, { network: { priorities: [{ name: 'eth0', priority: 1 }] } }])(
    'refuse %j',
    (resources) => {
      expect(() => limitWrites(resources)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    },
  );
});
