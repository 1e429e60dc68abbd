import { holdCgroup, type HeldCgroup } from '../../cgroup/identity.js';
import { cgroupFile } from '../../cgroup/stats/file.js';
import { hugetlbSizes } from '../../cgroup/stats/hugetlb.js';
import { cgroupOf } from '../../container/cgroup_of.js';
import { containerNotRunning } from '../../errors/catalogue.js';
import type { ContainerReference } from '../../container/options.js';
import { readRecord } from '../../state/store.js';
import { sys } from '../../sys/call.js';
import { encode, type Partially } from '../../protobuf/message.js';
import { cpuStat, ioEntry, memoryEvents, memoryStat, metrics, type hugeTlbStat, type rdmaEntry } from '../wire/metrics.js';

export const metricsType = 'io.containerd.cgroups.v2.Metrics';

/** The statistics of a container's cgroup. A controller that is not enabled has zeros, as in containerd's shim for runc. */
export function metricsOf(reference: ContainerReference): Uint8Array {
  const identity = cgroupOf(readRecord(reference));
  const held = identity === null ? null : holdCgroup({ identity });
  if (held === null) throw containerNotRunning(reference.id);
  try {
    return metricsIn(held);
  } finally {
    sys().close({ fd: held.fd });
  }
}

function metricsIn(held: HeldCgroup): Uint8Array {
  const file = (name: string): string => cgroupFile(held, name) ?? '';
  const number = (name: string): number => limit(file(name));
  return encode(metrics, {
    pids: { current: number('pids.current'), limit: number('pids.max') },
    cpu: pairs(file('cpu.stat'), cpuStat),
    memory: {
      ...pairs(file('memory.stat'), memoryStat),
      usage: number('memory.current'),
      usage_limit: number('memory.max'),
      swap_usage: number('memory.swap.current'),
      swap_limit: number('memory.swap.max'),
      max_usage: number('memory.peak'),
      swap_max_usage: number('memory.swap.peak'),
    },
    memory_events: pairs(file('memory.events'), memoryEvents),
    io: { usage: file('io.stat').split('\n').flatMap(ioOf) },
    rdma: { current: rdmaEntries(file('rdma.current')), limit: rdmaEntries(file('rdma.max')) },
    hugetlb: hugePages(held, number),
  });
}

/** `max` is no limit. */
function limit(text: string): number {
  const word = text.trim();
  return word === 'max' ? Infinity : Number(word);
}

/** The lines `name number` that the message has fields for. */
function pairs<F extends object>(text: string, fields: F): Partially<F> {
  const found = text
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([name = '']) => Object.prototype.hasOwnProperty.call(fields, name));
  return Object.fromEntries(found.map(([name, value]) => [name, Number(value)])) as Partially<F>;
}

/** `8:0 rbytes=1 wbytes=2 ...` */
function ioOf(line: string): readonly Partially<typeof ioEntry>[] {
  const match = /^(\d+):(\d+) (.*)$/.exec(line);
  if (match === null) return [];
  return [{ major: Number(match[1]), minor: Number(match[2]), ...pairs((match[3] ?? '').replace(/ /g, '\n').replace(/=/g, ' '), ioEntry) }];
}

/** `mlx4_0 hca_handle=2 hca_object=2000`; `max` does not fit into the message. */
function rdmaEntries(text: string): readonly Partially<typeof rdmaEntry>[] {
  return text
    .split('\n')
    .map((line) => /^(\S+) hca_handle=(\S+) hca_object=(\S+)/.exec(line))
    .flatMap((match) =>
      match === null ? [] : [{ device: match[1] ?? '', hca_handles: clamped(match[2]), hca_objects: clamped(match[3]) }],
    );
}

function clamped(word: string | undefined): number {
  return Math.min(limit(word ?? '0'), 0xffffffff);
}

function hugePages(held: HeldCgroup, number: (name: string) => number): readonly Partially<typeof hugeTlbStat>[] {
  return hugetlbSizes(held).map((pagesize) => ({
    pagesize,
    current: number(`hugetlb.${pagesize}.current`),
    max: number(`hugetlb.${pagesize}.max`),
  }));
}
