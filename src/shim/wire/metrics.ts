/** io.containerd.cgroups.v2.Metrics (github.com/containerd/cgroups, cgroup2/stats/metrics.proto). */
import { message, messages, string, uint32, uint64 } from '../../protobuf/message.js';

export const pidsStat = { current: uint64(1), limit: uint64(2) };

export const cpuStat = {
  usage_usec: uint64(1),
  user_usec: uint64(2),
  system_usec: uint64(3),
  nr_periods: uint64(4),
  nr_throttled: uint64(5),
  throttled_usec: uint64(6),
};

/** Named as the lines of `memory.stat`, except the ones at the end. */
export const memoryStat = {
  anon: uint64(1),
  file: uint64(2),
  kernel_stack: uint64(3),
  slab: uint64(4),
  sock: uint64(5),
  shmem: uint64(6),
  file_mapped: uint64(7),
  file_dirty: uint64(8),
  file_writeback: uint64(9),
  anon_thp: uint64(10),
  inactive_anon: uint64(11),
  active_anon: uint64(12),
  inactive_file: uint64(13),
  active_file: uint64(14),
  unevictable: uint64(15),
  slab_reclaimable: uint64(16),
  slab_unreclaimable: uint64(17),
  pgfault: uint64(18),
  pgmajfault: uint64(19),
  workingset_refault: uint64(20),
  workingset_activate: uint64(21),
  workingset_nodereclaim: uint64(22),
  pgrefill: uint64(23),
  pgscan: uint64(24),
  pgsteal: uint64(25),
  pgactivate: uint64(26),
  pgdeactivate: uint64(27),
  pglazyfree: uint64(28),
  pglazyfreed: uint64(29),
  thp_fault_alloc: uint64(30),
  thp_collapse_alloc: uint64(31),
  usage: uint64(32),
  usage_limit: uint64(33),
  swap_usage: uint64(34),
  swap_limit: uint64(35),
  max_usage: uint64(36),
  swap_max_usage: uint64(37),
};

export const memoryEvents = { low: uint64(1), high: uint64(2), max: uint64(3), oom: uint64(4), oom_kill: uint64(5) };
export const rdmaEntry = { device: string(1), hca_handles: uint32(2), hca_objects: uint32(3) };
export const rdmaStat = { current: messages(1, rdmaEntry), limit: messages(2, rdmaEntry) };
export const ioEntry = { major: uint64(1), minor: uint64(2), rbytes: uint64(3), wbytes: uint64(4), rios: uint64(5), wios: uint64(6) };
export const ioStat = { usage: messages(1, ioEntry) };
export const hugeTlbStat = { current: uint64(1), max: uint64(2), pagesize: string(3) };

export const metrics = {
  pids: message(1, pidsStat),
  cpu: message(2, cpuStat),
  memory: message(4, memoryStat),
  rdma: message(5, rdmaStat),
  io: message(6, ioStat),
  hugetlb: messages(7, hugeTlbStat),
  memory_events: message(8, memoryEvents),
};
