// Written by scripts/runtime_spec/generate.mjs. Do not edit.
import type { ConfigIdMapping } from './id_mapping.js';
import type { ConfigResources } from './resources.js';
import type { ConfigSeccomp } from './seccomp.js';

/** What only Linux has. */
export interface ConfigLinux {
  /** `linux.devices` of config.json. */
  readonly devices?: readonly {
    /** `linux.devices.type` of config.json. */
    readonly type: string;
    /** `linux.devices.path` of config.json. */
    readonly path: string;
    /** `linux.devices.fileMode` of config.json. */
    readonly fileMode?: number;
    /** `linux.devices.major` of config.json. */
    readonly major?: number | bigint;
    /** `linux.devices.minor` of config.json. */
    readonly minor?: number | bigint;
    /** `linux.devices.uid` of config.json. */
    readonly uid?: number;
    /** `linux.devices.gid` of config.json. */
    readonly gid?: number;
  }[];
  /** `linux.uidMappings` of config.json. */
  readonly uidMappings?: readonly ConfigIdMapping[];
  /** `linux.gidMappings` of config.json. */
  readonly gidMappings?: readonly ConfigIdMapping[];
  /** `linux.namespaces` of config.json. */
  readonly namespaces?: readonly {
    /** `linux.namespaces.type` of config.json. */
    readonly type: 'mount' | 'pid' | 'network' | 'uts' | 'ipc' | 'user' | 'cgroup' | 'time';
    /** `linux.namespaces.path` of config.json. */
    readonly path?: string;
  }[];
  /** `linux.resources` of config.json. */
  readonly resources?: ConfigResources;
  /** `linux.cgroupsPath` of config.json. */
  readonly cgroupsPath?: string;
  /** `linux.rootfsPropagation` of config.json. */
  readonly rootfsPropagation?: 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave' | 'unbindable' | 'runbindable';
  /** `linux.seccomp` of config.json. */
  readonly seccomp?: ConfigSeccomp;
  /** `linux.sysctl` of config.json. */
  readonly sysctl?: Readonly<Record<string, string>>;
  /** `linux.maskedPaths` of config.json. */
  readonly maskedPaths?: readonly string[];
  /** `linux.readonlyPaths` of config.json. */
  readonly readonlyPaths?: readonly string[];
  /** `linux.mountLabel` of config.json. */
  readonly mountLabel?: string;
  /** `linux.intelRdt` of config.json. */
  readonly intelRdt?: {
    /** `linux.intelRdt.closID` of config.json. */
    readonly closID?: string;
    /** `linux.intelRdt.l3CacheSchema` of config.json. */
    readonly l3CacheSchema?: string;
    /** `linux.intelRdt.memBwSchema` of config.json. */
    readonly memBwSchema?: string;
    /** `linux.intelRdt.schemata` of config.json. */
    readonly schemata?: readonly string[];
    /** `linux.intelRdt.enableMonitoring` of config.json. */
    readonly enableMonitoring?: boolean;
  };
  /** `linux.personality` of config.json. */
  readonly personality?: {
    /** `linux.personality.domain` of config.json. */
    readonly domain?: 'LINUX' | 'LINUX32';
    /** `linux.personality.flags` of config.json. */
    readonly flags?: readonly string[];
  };
  /** `linux.timeOffsets` of config.json. */
  readonly timeOffsets?: {
    /** `linux.timeOffsets.boottime` of config.json. */
    readonly boottime?: {
      /** `linux.timeOffsets.boottime.secs` of config.json. */
      readonly secs?: number | bigint;
      /** `linux.timeOffsets.boottime.nanosecs` of config.json. */
      readonly nanosecs?: number;
    };
    /** `linux.timeOffsets.monotonic` of config.json. */
    readonly monotonic?: {
      /** `linux.timeOffsets.monotonic.secs` of config.json. */
      readonly secs?: number | bigint;
      /** `linux.timeOffsets.monotonic.nanosecs` of config.json. */
      readonly nanosecs?: number;
    };
  };
  /** `linux.netDevices` of config.json. */
  readonly netDevices?: Readonly<
    Record<
      string,
      {
        /** `linux.netDevices.name` of config.json. */
        readonly name?: string;
      }
    >
  >;
  /** `linux.memoryPolicy` of config.json. */
  readonly memoryPolicy?: {
    /** `linux.memoryPolicy.mode` of config.json. */
    readonly mode:
      | 'MPOL_DEFAULT'
      | 'MPOL_BIND'
      | 'MPOL_INTERLEAVE'
      | 'MPOL_WEIGHTED_INTERLEAVE'
      | 'MPOL_PREFERRED'
      | 'MPOL_PREFERRED_MANY'
      | 'MPOL_LOCAL';
    /** `linux.memoryPolicy.nodes` of config.json. */
    readonly nodes?: string;
    /** `linux.memoryPolicy.flags` of config.json. */
    readonly flags?: readonly ('MPOL_F_NUMA_BALANCING' | 'MPOL_F_RELATIVE_NODES' | 'MPOL_F_STATIC_NODES')[];
  };
}
