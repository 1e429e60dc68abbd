import type { Integer64 } from '../../json/integer64.js';

/** `linux.resources` of config.json (config-linux.md, "Control groups"): limits of everything in the container together. */
export interface Resources {
  /** Which devices the container may use. The last rule that fits counts. */
  readonly devices?: readonly DeviceRule[];
  /** Memory. */
  readonly memory?: MemoryResources;
  /** Processors. */
  readonly cpu?: CpuResources;
  /** Processes and threads. */
  readonly pids?: {
    /** -1 is no limit, 0 is not set. */
    readonly limit?: Integer64;
  };
  /** Block devices. */
  readonly blockIO?: BlockIo;
  /** Huge pages, for each size. */
  readonly hugepageLimits?: readonly {
    /** Such as 2MB or 1GB. */
    readonly pageSize: string;
    /** Bytes. */
    readonly limit: Integer64;
  }[];
  /** Only cgroup v1 has these: setting one is an error. */
  readonly network?: {
    /** The tag of net_cls. */
    readonly classID?: number;
    /** Those of net_prio, for each network interface. */
    readonly priorities?: readonly {
      /** Of the interface. */
      readonly name: string;
      /** A higher number goes first. */
      readonly priority: number;
    }[];
  };
  /** Handles and objects of RDMA, by the name of the device. */
  readonly rdma?: Readonly<Record<string, RdmaLimits>>;
  /** Files of cgroup v2's controllers and what to write to them, such as `memory.high`. They come last. */
  readonly unified?: Readonly<Record<string, string>>;
}

/** What the container may open of one RDMA device. */
export interface RdmaLimits {
  /** The most handles. */
  readonly hcaHandles?: number;
  /** The most objects. */
  readonly hcaObjects?: number;
}

/** Allows or denies the use of some devices. */
export interface DeviceRule {
  /** Whether the devices may be used. */
  readonly allow: boolean;
  /** `c` for character devices, `b` for block devices, `a` or nothing for both. */
  readonly type?: 'a' | 'c' | 'b' | '';
  /** Absent or -1 means all. */
  readonly major?: number;
  /** Absent or -1 means all. */
  readonly minor?: number;
  /** Some of the letters r (read), w (write) and m (mknod). Absent or empty means all. */
  readonly access?: string;
}

/** Bytes; -1 means no limit, 0 not set. */
export interface MemoryResources {
  /** The most memory: memory.max. */
  readonly limit?: Integer64;
  /** Memory that is reclaimed only if there is no other: memory.low. */
  readonly reservation?: Integer64;
  /** Memory plus swap, as in cgroup v1. */
  readonly swap?: Integer64;
  /** Ignored, with a warning: cgroup v2 counts it as memory. */
  readonly kernel?: Integer64;
  /** Ignored, with a warning: cgroup v2 counts it as memory. */
  readonly kernelTCP?: Integer64;
  /** Only cgroup v1 has it: setting it is an error. */
  readonly swappiness?: Integer64;
  /** Only cgroup v1 has it: true is an error. */
  readonly disableOOMKiller?: boolean;
  /** cgroup v2 always does it. */
  readonly useHierarchy?: boolean;
  /** Whether a limit below the memory in use is an error, instead of a reason to reclaim or kill. */
  readonly checkBeforeUpdate?: boolean;
}

/** Shares and time of processors. */
export interface CpuResources {
  /** A relative weight, from 2 to 262144, which becomes cpu.weight. */
  readonly shares?: Integer64;
  /** Microseconds of each period; a negative number means no limit. */
  readonly quota?: Integer64;
  /** Microseconds of unused quota that may be used later. */
  readonly burst?: Integer64;
  /** Microseconds (default: 100000). */
  readonly period?: Integer64;
  /** Only cgroup v1 has it: setting it is an error. */
  readonly realtimeRuntime?: Integer64;
  /** Only cgroup v1 has it: setting it is an error. */
  readonly realtimePeriod?: Integer64;
  /** The processors to use, such as 0-3,7. */
  readonly cpus?: string;
  /** The memory nodes to use, such as 0. */
  readonly mems?: string;
  /** 1 lets the container run only when nothing else wants to. */
  readonly idle?: number;
}

/** Weights and rates of block devices. */
export interface BlockIo {
  /** A relative weight, from 10 to 1000, for BFQ or iocost. */
  readonly weight?: number;
  /** Only cgroup v1 has it: setting it is an error. */
  readonly leafWeight?: number;
  /** A weight for each device. */
  readonly weightDevice?: readonly WeightDevice[];
  /** Bytes read in a second. */
  readonly throttleReadBpsDevice?: readonly ThrottleDevice[];
  /** Bytes written in a second. */
  readonly throttleWriteBpsDevice?: readonly ThrottleDevice[];
  /** Reads in a second. */
  readonly throttleReadIOPSDevice?: readonly ThrottleDevice[];
  /** Writes in a second. */
  readonly throttleWriteIOPSDevice?: readonly ThrottleDevice[];
}

/** The weight of one block device. */
export interface WeightDevice {
  /** Its major number. */
  readonly major: number;
  /** Its minor number. */
  readonly minor: number;
  /** From 10 to 1000. */
  readonly weight?: number;
  /** Only cgroup v1 has it: setting it is an error. */
  readonly leafWeight?: number;
}

/** The rate of one block device. */
export interface ThrottleDevice {
  /** Its major number. */
  readonly major: number;
  /** Its minor number. */
  readonly minor: number;
  /** In a second; 0 is no limit. */
  readonly rate: Integer64;
}
