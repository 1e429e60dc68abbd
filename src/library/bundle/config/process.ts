// Written by scripts/runtime_spec/generate.mjs. Do not edit.

/** The process of a container. */
export interface ConfigProcess {
  /** `process.args` of config.json. */
  readonly args?: readonly string[];
  /** `process.consoleSize` of config.json. */
  readonly consoleSize?: {
    /** `process.consoleSize.height` of config.json. */
    readonly height: number | bigint;
    /** `process.consoleSize.width` of config.json. */
    readonly width: number | bigint;
  };
  /** `process.cwd` of config.json. */
  readonly cwd: string;
  /** `process.env` of config.json. */
  readonly env?: readonly string[];
  /** `process.terminal` of config.json. */
  readonly terminal?: boolean;
  /** `process.user` of config.json. */
  readonly user?: {
    /** `process.user.uid` of config.json. */
    readonly uid?: number;
    /** `process.user.gid` of config.json. */
    readonly gid?: number;
    /** `process.user.umask` of config.json. */
    readonly umask?: number;
    /** `process.user.additionalGids` of config.json. */
    readonly additionalGids?: readonly number[];
  };
  /** `process.capabilities` of config.json. */
  readonly capabilities?: {
    /** `process.capabilities.bounding` of config.json. */
    readonly bounding?: readonly string[];
    /** `process.capabilities.permitted` of config.json. */
    readonly permitted?: readonly string[];
    /** `process.capabilities.effective` of config.json. */
    readonly effective?: readonly string[];
    /** `process.capabilities.inheritable` of config.json. */
    readonly inheritable?: readonly string[];
    /** `process.capabilities.ambient` of config.json. */
    readonly ambient?: readonly string[];
  };
  /** `process.apparmorProfile` of config.json. */
  readonly apparmorProfile?: string;
  /** `process.oomScoreAdj` of config.json. */
  readonly oomScoreAdj?: number;
  /** `process.selinuxLabel` of config.json. */
  readonly selinuxLabel?: string;
  /** `process.ioPriority` of config.json. */
  readonly ioPriority?: {
    /** `process.ioPriority.class` of config.json. */
    readonly class: 'IOPRIO_CLASS_RT' | 'IOPRIO_CLASS_BE' | 'IOPRIO_CLASS_IDLE';
    /** `process.ioPriority.priority` of config.json. */
    readonly priority?: number;
  };
  /** `process.noNewPrivileges` of config.json. */
  readonly noNewPrivileges?: boolean;
  /** `process.scheduler` of config.json. */
  readonly scheduler?: {
    /** `process.scheduler.policy` of config.json. */
    readonly policy: 'SCHED_OTHER' | 'SCHED_FIFO' | 'SCHED_RR' | 'SCHED_BATCH' | 'SCHED_ISO' | 'SCHED_IDLE' | 'SCHED_DEADLINE';
    /** `process.scheduler.nice` of config.json. */
    readonly nice?: number;
    /** `process.scheduler.priority` of config.json. */
    readonly priority?: number;
    /** `process.scheduler.flags` of config.json. */
    readonly flags?: readonly (
      | 'SCHED_FLAG_RESET_ON_FORK'
      | 'SCHED_FLAG_RECLAIM'
      | 'SCHED_FLAG_DL_OVERRUN'
      | 'SCHED_FLAG_KEEP_POLICY'
      | 'SCHED_FLAG_KEEP_PARAMS'
      | 'SCHED_FLAG_UTIL_CLAMP_MIN'
      | 'SCHED_FLAG_UTIL_CLAMP_MAX'
    )[];
    /** `process.scheduler.runtime` of config.json. */
    readonly runtime?: number | bigint;
    /** `process.scheduler.deadline` of config.json. */
    readonly deadline?: number | bigint;
    /** `process.scheduler.period` of config.json. */
    readonly period?: number | bigint;
  };
  /** `process.rlimits` of config.json. */
  readonly rlimits?: readonly {
    /** `process.rlimits.hard` of config.json. */
    readonly hard: number | bigint;
    /** `process.rlimits.soft` of config.json. */
    readonly soft: number | bigint;
    /** `process.rlimits.type` of config.json. */
    readonly type: string;
  }[];
  /** `process.execCPUAffinity` of config.json. */
  readonly execCPUAffinity?: {
    /** `process.execCPUAffinity.initial` of config.json. */
    readonly initial?: string;
    /** `process.execCPUAffinity.final` of config.json. */
    readonly final?: string;
  };
}
