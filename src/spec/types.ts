import type { Integer64 } from '../json/integer64.js';
import type { IoPriorityClass } from './names/scheduling/io_priority.js';
import type { HookKind } from './names/hooks.js';
import type { MemoryPolicyFlag, MemoryPolicyMode } from './names/scheduling/memory_policy.js';
import type { NamespaceType } from './names/namespaces.js';
import type { PersonalityDomain } from './names/personality.js';
import type { RlimitName } from './names/rlimits.js';
import type { RootfsPropagation } from './names/propagation.js';
import type { SchedulerFlag, SchedulerPolicy } from './names/scheduling/scheduler.js';
import type { Resources } from './resources/types.js';
import type { SeccompAction, SeccompArchitecture, SeccompFlag, SeccompOperator } from './names/seccomp.js';

export type {
  BlockIo,
  CpuResources,
  DeviceRule,
  MemoryResources,
  Resources,
  RdmaLimits,
  ThrottleDevice,
  WeightDevice,
} from './resources/types.js';

/**
 * config.json of runtime-spec 1.3 for Linux. Every value of these types has the right shape: types, ranges of integers, known words, no NUL
 * in any string. `null` counts as absent, as in Go's encoding/json. {@link ValidSpec} is for the meaning.
 */
export interface Spec {
  readonly ociVersion: string;
  readonly root?: Root;
  readonly process?: Process;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly mounts?: readonly Mount[];
  readonly hooks?: Hooks;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux?: Linux;
}

declare const valid: unique symbol;

/**
 * A configuration from which a container can be created: it passed every check (bundle/validate.ts), so it has a root and a process with a
 * program.
 */
export type ValidSpec = Spec & {
  readonly root: Root;
  readonly process: Process & { readonly args: readonly [string, ...string[]] };
  readonly [valid]: true;
};

export interface Root {
  /** Absolute, or relative to the bundle. */
  readonly path: string;
  readonly readonly?: boolean;
}

export interface Mount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
}

export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface Process {
  readonly terminal?: boolean;
  readonly consoleSize?: { readonly height: number; readonly width: number };
  readonly user: User;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly cwd: string;
  readonly capabilities?: Capabilities;
  readonly rlimits?: readonly Rlimit[];
  readonly noNewPrivileges?: boolean;
  readonly apparmorProfile?: string;
  readonly oomScoreAdj?: number;
  readonly selinuxLabel?: string;
  readonly scheduler?: Scheduler;
  readonly ioPriority?: { readonly class: IoPriorityClass; readonly priority: number };
  readonly execCPUAffinity?: { readonly initial?: string; readonly final?: string };
}

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
}

/** The shape does not restrict the names: an unknown one is left out with a warning, because kernels differ. */
export interface Capabilities {
  readonly bounding?: readonly string[];
  readonly effective?: readonly string[];
  readonly inheritable?: readonly string[];
  readonly permitted?: readonly string[];
  readonly ambient?: readonly string[];
}

/** 2^64 - 1 is RLIM_INFINITY. */
export interface Rlimit {
  readonly type: RlimitName;
  readonly soft: Integer64;
  readonly hard: Integer64;
}

export interface Scheduler {
  readonly policy: SchedulerPolicy;
  readonly nice?: number;
  readonly priority?: number;
  readonly flags?: readonly SchedulerFlag[];
  /** Nanoseconds, like `deadline` and `period`. */
  readonly runtime?: Integer64;
  readonly deadline?: Integer64;
  readonly period?: Integer64;
}

export type Hooks = { readonly [K in HookKind]?: readonly Hook[] };

export interface Hook {
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

export interface Linux {
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly sysctl?: Readonly<Record<string, string>>;
  readonly resources?: Resources;
  readonly cgroupsPath?: string;
  readonly namespaces?: readonly Namespace[];
  readonly devices?: readonly Device[];
  /** The key is the interface's name on the host. */
  readonly netDevices?: Readonly<Record<string, { readonly name?: string }>>;
  readonly seccomp?: Seccomp;
  readonly rootfsPropagation?: RootfsPropagation | '';
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly mountLabel?: string;
  readonly intelRdt?: IntelRdt;
  readonly memoryPolicy?: MemoryPolicy;
  readonly personality?: { readonly domain: PersonalityDomain; readonly flags?: readonly string[] };
  readonly timeOffsets?: { readonly monotonic?: TimeOffset; readonly boottime?: TimeOffset };
}

export interface TimeOffset {
  readonly secs?: Integer64;
  readonly nanosecs?: number;
}

export interface Namespace {
  readonly type: NamespaceType;
  /** Absent or empty means a new one. */
  readonly path?: string;
}

export interface Device {
  /** `u` is `c` without buffering, a difference that Linux does not make. */
  readonly type: 'c' | 'b' | 'u' | 'p';
  readonly path: string;
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export interface Seccomp {
  readonly defaultAction: SeccompAction;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly SeccompArchitecture[];
  readonly flags?: readonly SeccompFlag[];
  readonly listenerPath?: string;
  readonly listenerMetadata?: string;
  readonly syscalls?: readonly SeccompSyscall[];
}

export interface SeccompSyscall {
  readonly names: readonly string[];
  readonly action: SeccompAction;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[];
}

export interface SeccompArgument {
  readonly index: number;
  readonly value: Integer64;
  readonly valueTwo?: Integer64;
  readonly op: SeccompOperator;
}

export interface IntelRdt {
  readonly closID?: string;
  readonly schemata?: readonly string[];
  readonly l3CacheSchema?: string;
  readonly memBwSchema?: string;
  readonly enableMonitoring?: boolean;
}

export interface MemoryPolicy {
  readonly mode: MemoryPolicyMode;
  /** In the notation of cpuset lists, such as `0-3,7`. */
  readonly nodes?: string;
  readonly flags?: readonly MemoryPolicyFlag[];
}
