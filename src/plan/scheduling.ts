import type { Process, Spec } from '../spec/types.js';
import { numberListMask } from './number_list.js';
import type { Operation } from './operations.js';

/** SCHED_* of linux/sched.h. */
const policies = { SCHED_OTHER: 0, SCHED_FIFO: 1, SCHED_RR: 2, SCHED_BATCH: 3, SCHED_ISO: 4, SCHED_IDLE: 5, SCHED_DEADLINE: 6 } as const;

/** SCHED_FLAG_* of linux/sched.h. */
const schedulerFlags = {
  SCHED_FLAG_RESET_ON_FORK: 0x01,
  SCHED_FLAG_RECLAIM: 0x02,
  SCHED_FLAG_DL_OVERRUN: 0x04,
  SCHED_FLAG_KEEP_POLICY: 0x08,
  SCHED_FLAG_KEEP_PARAMS: 0x10,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
} as const;

/** IOPRIO_CLASS_* of linux/ioprio.h. */
const ioClasses = { IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3 } as const;
const ioClassShift = 13;

/** How the process is scheduled; while it still has the privileges that some of this needs (CAP_SYS_NICE). */
export function schedulingOperations({ scheduler, ioPriority }: Process): readonly Operation[] {
  const operations: Operation[] = [];
  if (scheduler !== undefined) {
    let schedFlags = 0;
    for (const flag of scheduler.flags ?? []) schedFlags |= schedulerFlags[flag as keyof typeof schedulerFlags];
    operations.push({
      op: 'scheduler',
      policy: policies[scheduler.policy as keyof typeof policies],
      nice: scheduler.nice ?? 0,
      priority: scheduler.priority ?? 0,
      schedFlags,
      runtime: scheduler.runtime ?? 0,
      deadline: scheduler.deadline ?? 0,
      period: scheduler.period ?? 0,
    });
  }
  if (ioPriority !== undefined) {
    const ioClass = ioClasses[ioPriority.class as keyof typeof ioClasses];
    operations.push({ op: 'ioPriority', value: (ioClass << ioClassShift) | (ioPriority.priority ?? 0) });
  }
  return operations;
}

/** MPOL_* of linux/mempolicy.h. */
const memoryModes = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
} as const;
const memoryFlags = { MPOL_F_NUMA_BALANCING: 1 << 13, MPOL_F_RELATIVE_NODES: 1 << 14, MPOL_F_STATIC_NODES: 1 << 15 } as const;

/** `linux.memoryPolicy`, kept across execve (set_mempolicy(2)). */
export function memoryPolicyOperations({ linux }: Pick<Spec, 'linux'>): readonly Operation[] {
  const policy = linux?.memoryPolicy;
  if (policy === undefined) return [];
  let mode: number = memoryModes[policy.mode as keyof typeof memoryModes];
  for (const flag of policy.flags ?? []) mode |= memoryFlags[flag as keyof typeof memoryFlags];
  const nodeMask = numberListMask(policy.nodes ?? '');
  // The kernel reads one bit less than it is told (set_mempolicy(2), "maxnode").
  return [{ op: 'memoryPolicy', mode, maxNode: nodeMask.length === 0 ? 0 : nodeMask.length * 8 + 1, nodeMask }];
}

/** PER_LINUX and PER_LINUX32 of linux/personality.h. */
const personalities = { LINUX: 0, LINUX32: 8 } as const;

/** `linux.personality`. */
export function personalityOperations({ linux }: Pick<Spec, 'linux'>): readonly Operation[] {
  const domain = linux?.personality?.domain;
  return domain === undefined ? [] : [{ op: 'personality', persona: personalities[domain as keyof typeof personalities] }];
}

/** One list of `process.execCPUAffinity`. */
export function affinityOperations(cpus: string | undefined): readonly Operation[] {
  return cpus === undefined || cpus === '' ? [] : [{ op: 'cpuAffinity', mask: numberListMask(cpus) }];
}
