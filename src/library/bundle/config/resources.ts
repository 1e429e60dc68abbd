// Written by scripts/runtime_spec/generate.mjs. Do not edit.
import type { ConfigBlockIo } from './block_io.js';

/** Limits of everything in a container together. */
export interface ConfigResources {
  /** `linux.resources.unified` of config.json. */
  readonly unified?: Readonly<Record<string, string>>;
  /** `linux.resources.devices` of config.json. */
  readonly devices?: readonly {
    /** `linux.resources.devices.allow` of config.json. */
    readonly allow: boolean;
    /** `linux.resources.devices.type` of config.json. */
    readonly type?: string;
    /** `linux.resources.devices.major` of config.json. */
    readonly major?: number | bigint;
    /** `linux.resources.devices.minor` of config.json. */
    readonly minor?: number | bigint;
    /** `linux.resources.devices.access` of config.json. */
    readonly access?: string;
  }[];
  /** `linux.resources.pids` of config.json. */
  readonly pids?: {
    /** `linux.resources.pids.limit` of config.json. */
    readonly limit: number | bigint;
  };
  /** `linux.resources.blockIO` of config.json. */
  readonly blockIO?: ConfigBlockIo;
  /** `linux.resources.cpu` of config.json. */
  readonly cpu?: {
    /** `linux.resources.cpu.cpus` of config.json. */
    readonly cpus?: string;
    /** `linux.resources.cpu.mems` of config.json. */
    readonly mems?: string;
    /** `linux.resources.cpu.period` of config.json. */
    readonly period?: number | bigint;
    /** `linux.resources.cpu.quota` of config.json. */
    readonly quota?: number | bigint;
    /** `linux.resources.cpu.burst` of config.json. */
    readonly burst?: number | bigint;
    /** `linux.resources.cpu.realtimePeriod` of config.json. */
    readonly realtimePeriod?: number | bigint;
    /** `linux.resources.cpu.realtimeRuntime` of config.json. */
    readonly realtimeRuntime?: number | bigint;
    /** `linux.resources.cpu.shares` of config.json. */
    readonly shares?: number | bigint;
    /** `linux.resources.cpu.idle` of config.json. */
    readonly idle?: number | bigint;
  };
  /** `linux.resources.hugepageLimits` of config.json. */
  readonly hugepageLimits?: readonly {
    /** `linux.resources.hugepageLimits.pageSize` of config.json. */
    readonly pageSize: string;
    /** `linux.resources.hugepageLimits.limit` of config.json. */
    readonly limit: number | bigint;
  }[];
  /** `linux.resources.memory` of config.json. */
  readonly memory?: {
    /** `linux.resources.memory.kernel` of config.json. */
    readonly kernel?: number | bigint;
    /** `linux.resources.memory.kernelTCP` of config.json. */
    readonly kernelTCP?: number | bigint;
    /** `linux.resources.memory.limit` of config.json. */
    readonly limit?: number | bigint;
    /** `linux.resources.memory.reservation` of config.json. */
    readonly reservation?: number | bigint;
    /** `linux.resources.memory.swap` of config.json. */
    readonly swap?: number | bigint;
    /** `linux.resources.memory.swappiness` of config.json. */
    readonly swappiness?: number | bigint;
    /** `linux.resources.memory.disableOOMKiller` of config.json. */
    readonly disableOOMKiller?: boolean;
    /** `linux.resources.memory.useHierarchy` of config.json. */
    readonly useHierarchy?: boolean;
    /** `linux.resources.memory.checkBeforeUpdate` of config.json. */
    readonly checkBeforeUpdate?: boolean;
  };
  /** `linux.resources.network` of config.json. */
  readonly network?: {
    /** `linux.resources.network.classID` of config.json. */
    readonly classID?: number;
    /** `linux.resources.network.priorities` of config.json. */
    readonly priorities?: readonly {
      /** `linux.resources.network.priorities.name` of config.json. */
      readonly name: string;
      /** `linux.resources.network.priorities.priority` of config.json. */
      readonly priority: number;
    }[];
  };
  /** `linux.resources.rdma` of config.json. */
  readonly rdma?: Readonly<
    Record<
      string,
      {
        /** `linux.resources.rdma.hcaHandles` of config.json. */
        readonly hcaHandles?: number;
        /** `linux.resources.rdma.hcaObjects` of config.json. */
        readonly hcaObjects?: number;
      }
    >
  >;
}
