import { describe, expect, test } from 'vitest';
import { holdCgroup } from '../../../src/cgroup/identity.js';
import { cgroupStats } from '../../../src/cgroup/stats/index.js';
import type { CgroupStats } from '../../../src/cgroup/stats/types.js';
import { hostWith } from '../machine/host.js';

const directory = '/sys/fs/cgroup/web';
const controllers = ['memory.max', 'memory.swap.max', 'memory.current', 'memory.events', 'pids.max', 'cpu.weight'];

/** What is read of a cgroup that has these files besides those of every cgroup. */
function statsWith(files: Readonly<Record<string, string>>): CgroupStats | null {
  const machine = hostWith();
  const made = machine.cgroups.make(directory);
  for (const name of controllers) made.entries.delete(name);
  for (const [name, text] of Object.entries(files)) machine.tree.plant(`${directory}/${name}`, text);
  const held = holdCgroup({ identity: { directory, inode: made.inode } });
  return held === null ? null : cgroupStats(held);
}

const zero = { avg10: 0, avg60: 0, avg300: 0, total: 0 };
const pressure = 'some avg10=1.50 avg60=0.25 avg300=0.00 total=123\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n';
const psi = { some: { avg10: 1.5, avg60: 0.25, avg300: 0, total: 123 }, full: { ...zero, total: 7 } };

describe('the statistics of a cgroup', () => {
  test('without controllers have no numbers but those that every cgroup has', () => {
    expect(statsWith({ 'cpu.stat': 'usage_usec 5\nuser_usec 3\nsystem_usec 2\n' })).toEqual({
      cpu: { usage: { total: 5000, kernel: 2000, user: 3000 }, throttling: {} },
      cpuset: {},
      memory: {
        usage: { limit: 0, failcnt: 0 },
        swap: { limit: 0, failcnt: 0 },
        kernel: { limit: 0, failcnt: 0 },
        kernelTCP: { limit: 0, failcnt: 0 },
      },
      pids: {},
      blkio: {},
      hugetlb: {},
    });
  });

  test('are those of all controllers, in the units of runc', () => {
    const stats = statsWith({
      'cpu.stat':
        'usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods 10\nnr_throttled 4\nthrottled_usec 900\nnr_bursts 0\nburst_usec 0\n',
      'cpu.pressure': pressure,
      'cpuset.cpus.effective': '0-2,7\n',
      'cpuset.mems.effective': '0\n',
      'memory.current': '4096\n',
      'memory.max': '1000000\n',
      'memory.peak': '8192\n',
      'memory.swap.current': '100\n',
      'memory.swap.max': '500\n',
      'memory.stat': 'anon 1\nfile 2\nkernel 3\n',
      'memory.events': 'low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 0\n',
      'memory.pressure': pressure,
      'pids.current': '3\n',
      'pids.max': '20\n',
      'io.stat': '8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n7:1 \n',
      'io.pressure': pressure,
      'hugetlb.2MB.current': '2097152\n',
      'hugetlb.2MB.events': 'max 6\n',
      'hugetlb.2MB.rsvd.current': '0\n',
      'rdma.current': 'mlx4_0 hca_handle=2 hca_object=2000\n',
      'rdma.max': 'mlx4_0 hca_handle=max hca_object=5000\n',
    });
    expect(stats).toEqual({
      cpu: {
        usage: { total: 5000, kernel: 2000, user: 3000 },
        throttling: { periods: 10, throttledPeriods: 4, throttledTime: 900_000 },
        psi,
      },
      cpuset: { cpus: [0, 1, 2, 7], mems: [0] },
      memory: {
        cache: 2,
        usage: { limit: 1_000_000, usage: 4096, max: 8192, failcnt: 0 },
        swap: { limit: 1_000_500, usage: 4196, failcnt: 0 },
        kernel: { limit: 0, failcnt: 0 },
        kernelTCP: { limit: 0, failcnt: 0 },
        raw: { anon: 1, file: 2, kernel: 3 },
        psi,
        event_count: { low: 0, high: 1, max: 2, oom: 3, oom_kill: 4, oom_group_kill: 0 },
      },
      pids: { current: 3, limit: 20 },
      blkio: {
        ioServiceBytesRecursive: [
          { major: 8, minor: 0, op: 'Read', value: 1 },
          { major: 8, minor: 0, op: 'Write', value: 2 },
        ],
        ioServicedRecursive: [
          { major: 8, minor: 0, op: 'Read', value: 3 },
          { major: 8, minor: 0, op: 'Write', value: 4 },
        ],
        psi,
      },
      hugetlb: { '2MB': { usage: 2_097_152, failcnt: 6 } },
      rdma: {
        current: [{ device: 'mlx4_0', hca_handles: 2, hca_objects: 2000 }],
        limit: [{ device: 'mlx4_0', hca_objects: 5000 }],
      },
    });
  });

  test('say that there is no limit with the number of runc, or not at all', () => {
    const files = {
      'memory.current': '1\n',
      'memory.max': 'max\n',
      'memory.swap.current': '0\n',
      'memory.swap.max': '5\n',
      'pids.max': 'max\n',
    };
    const stats = statsWith(files);
    expect(stats?.memory.usage).toEqual({ limit: 18446744073709551615n, usage: 1, failcnt: 0 });
    expect(stats?.memory.swap.limit).toBe(18446744073709551615n);
    expect(stats?.pids).toEqual({});
  });

  test('count memory alone if the kernel does not count swap', () => {
    const stats = statsWith({ 'memory.current': '7\n', 'memory.max': '9\n' });
    expect(stats?.memory.swap).toEqual({ limit: 9, usage: 7, failcnt: 0 });
  });

  test('have one line of cpu.pressure before Linux 5.13', () => {
    expect(statsWith({ 'cpu.pressure': `${pressure.split('\n')[0] ?? ''}\n` })?.cpu.psi).toEqual({ some: psi.some, full: zero });
  });
});

test('there are none of a cgroup that was removed while it was held', () => {
  const machine = hostWith();
  const made = machine.cgroups.make(directory);
  const held = holdCgroup({ identity: { directory, inode: made.inode } });
  for (const name of [...made.entries.keys()]) made.entries.delete(name);
  machine.cgroups.remove(made);
  expect(held === null ? 'none' : cgroupStats(held)).toBeNull();
});
