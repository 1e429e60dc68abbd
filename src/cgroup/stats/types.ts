import type { Integer64 } from '../../json/integer64.js';

/** What the kernel counts of the processes of a cgroup and of those below it, in the form of runc. */
export interface CgroupStats {
  /** Processor time. */
  readonly cpu: CpuStats;
  /** Processors and memory nodes. */
  readonly cpuset: CpusetStats;
  /** Memory and swap. */
  readonly memory: MemoryStats;
  /** Processes and threads. */
  readonly pids: PidsStats;
  /** Input and output of block devices. */
  readonly blkio: BlkioStats;
  /** Huge pages, by their size, such as `2MB`. Empty without the hugetlb controller. */
  readonly hugetlb: Readonly<Record<string, HugetlbStats>>;
  /** RDMA devices; absent without the rdma controller or without devices. runc does not print it. */
  readonly rdma?: RdmaStats;
}

/** Processor time, in nanoseconds. */
export interface CpuStats {
  /** Time used since the cgroup was created. */
  readonly usage: {
    /** In both modes. */
    readonly total: number;
    /** In the kernel. */
    readonly kernel: number;
    /** In the programs themselves. */
    readonly user: number;
  };
  /** What the quota has held back; empty without the cpu controller. */
  readonly throttling: {
    /** Periods in which a process was runnable. */
    readonly periods?: number;
    /** Those of them in which the quota was used up. */
    readonly throttledPeriods?: number;
    /** How long processes had to wait for the next period. */
    readonly throttledTime?: number;
  };
  /** Waiting for a processor; absent if the kernel does not measure it. */
  readonly psi?: PressureStats;
}

/** What a process may use now, which the cgroups above may restrict further than the container's limits. */
export interface CpusetStats {
  /** Numbers of the processors; absent without the cpuset controller. */
  readonly cpus?: readonly number[];
  /** Numbers of the memory nodes; absent without the cpuset controller. */
  readonly mems?: readonly number[];
}

/** Memory, in bytes. */
export interface MemoryStats {
  /** Memory of cached files; absent without the memory controller. */
  readonly cache?: number;
  /** Memory without swap. */
  readonly usage: MemoryEntry;
  /** Memory and swap together. */
  readonly swap: MemoryEntry;
  /** Always 0, because cgroup v2 has no separate limit for it. `raw.kernel` has the usage. */
  readonly kernel: MemoryEntry;
  /** Always 0, because cgroup v2 has no separate limit for it. `raw.sock` has the usage. */
  readonly kernelTCP: MemoryEntry;
  /** The lines of `memory.stat`; absent without the memory controller. */
  readonly raw?: Readonly<Record<string, number>>;
  /** Waiting for memory; absent if the kernel does not measure it. */
  readonly psi?: PressureStats;
  /** The lines of `memory.events`, such as `oom_kill`; absent without the memory controller. */
  readonly event_count?: Readonly<Record<string, number>>;
}

/** One kind of memory, in bytes. */
export interface MemoryEntry {
  /** The limit; 18446744073709551615n, which is 2^64 - 1, if there is none, and 0 without the memory controller. */
  readonly limit: Integer64;
  /** What is in use; absent without the memory controller. */
  readonly usage?: number;
  /** The most that was in use; absent if the kernel does not record it. */
  readonly max?: number;
  /** Always 0: `event_count.max` says how often the limit was reached. */
  readonly failcnt: number;
}

/** Processes and threads. */
export interface PidsStats {
  /** How many there are; absent without the pids controller. */
  readonly current?: number;
  /** How many there may be; absent if there is no limit. */
  readonly limit?: number;
}

/** Input and output of block devices. */
export interface BlkioStats {
  /** Bytes; absent without any. */
  readonly ioServiceBytesRecursive?: readonly BlkioEntry[];
  /** Operations; absent without any. */
  readonly ioServicedRecursive?: readonly BlkioEntry[];
  /** Waiting for input and output; absent if the kernel does not measure it. */
  readonly psi?: PressureStats;
}

/** A count of one operation on one block device. */
export interface BlkioEntry {
  /** Major number of the device. */
  readonly major: number;
  /** Minor number of the device. */
  readonly minor: number;
  /** The operation. */
  readonly op: 'Read' | 'Write';
  /** How many bytes or operations. */
  readonly value: number;
}

/** Huge pages of one size. */
export interface HugetlbStats {
  /** Bytes in use. */
  readonly usage: number;
  /** How often the limit was reached. */
  readonly failcnt: number;
}

/** RDMA devices. */
export interface RdmaStats {
  /** What is in use. */
  readonly current: readonly RdmaEntry[];
  /** What may be in use. */
  readonly limit: readonly RdmaEntry[];
}

/** Handles and objects of one RDMA device; absent if there is no limit. */
export interface RdmaEntry {
  /** Name of the device. */
  readonly device: string;
  /** Handles. */
  readonly hca_handles?: number;
  /** Objects. */
  readonly hca_objects?: number;
}

/** How much time processes have waited for something (Documentation/accounting/psi.rst). */
export interface PressureStats {
  /** Time in which at least one process waited. */
  readonly some: PressureEntry;
  /** Time in which all of them waited. */
  readonly full: PressureEntry;
}

/** Shares of the time in percent, and a sum. */
export interface PressureEntry {
  /** Of the last 10 seconds. */
  readonly avg10: number;
  /** Of the last 60 seconds. */
  readonly avg60: number;
  /** Of the last 300 seconds. */
  readonly avg300: number;
  /** Microseconds since the cgroup was created. */
  readonly total: number;
}
