import { ioPriorityClasses } from '../../spec/names/scheduling/io_priority.js';
import { memoryPolicyFlags, memoryPolicyModes } from '../../spec/names/scheduling/memory_policy.js';
import { personalityDomains } from '../../spec/names/personality.js';
import { schedulerFlags, schedulerPolicies } from '../../spec/names/scheduling/scheduler.js';
import type { Process, Spec } from '../../spec/types.js';
import { numberListMask } from '../../spec/names/number_list.js';
import type { Operation } from '../../protocol/operations.js';

/** IOPRIO_CLASS_SHIFT of linux/ioprio.h. */
const ioClassShift = 13;

/** Sets how the process is scheduled, while it still has the privileges that some of this needs (CAP_SYS_NICE). */
export function schedulingOperations({ scheduler, ioPriority }: Process): readonly Operation[] {
  const operations: Operation[] = [];
  if (scheduler !== undefined) {
    let schedFlags = 0;
    for (const flag of scheduler.flags ?? []) schedFlags |= schedulerFlags[flag];
    operations.push({
      op: 'scheduler',
      policy: schedulerPolicies[scheduler.policy],
      nice: scheduler.nice ?? 0,
      priority: scheduler.priority ?? 0,
      schedFlags,
      runtime: scheduler.runtime ?? 0,
      deadline: scheduler.deadline ?? 0,
      period: scheduler.period ?? 0,
    });
  }
  if (ioPriority !== undefined) {
    operations.push({ op: 'ioPriority', value: (ioPriorityClasses[ioPriority.class] << ioClassShift) | ioPriority.priority });
  }
  return operations;
}

/** `linux.memoryPolicy`, kept across execve (set_mempolicy(2)). */
export function memoryPolicyOperations({ linux }: Pick<Spec, 'linux'>): readonly Operation[] {
  const policy = linux?.memoryPolicy;
  if (policy === undefined) return [];
  let mode: number = memoryPolicyModes[policy.mode];
  for (const flag of policy.flags ?? []) mode |= memoryPolicyFlags[flag];
  const nodeMask = numberListMask(policy.nodes ?? '');
  // The kernel reads one bit less than it is told (set_mempolicy(2), "maxnode").
  return [{ op: 'memoryPolicy', mode, maxNode: nodeMask.length === 0 ? 0 : nodeMask.length * 8 + 1, nodeMask }];
}

/** `linux.personality`. */
export function personalityOperations({ linux }: Pick<Spec, 'linux'>): readonly Operation[] {
  const domain = linux?.personality?.domain;
  return domain === undefined ? [] : [{ op: 'personality', persona: personalityDomains[domain] }];
}

/** One list of `process.execCPUAffinity`. */
export function affinityOperations(cpus: string | undefined): readonly Operation[] {
  return cpus === undefined || cpus === '' ? [] : [{ op: 'cpuAffinity', mask: numberListMask(cpus) }];
}

/**
 * Every processor that the cgroup's cpuset allows: as in runc and crun, the affinity of tsrun's caller does not apply to the container
 * (docs/differences.md).
 */
export const anyProcessor: Operation = { op: 'cpuAffinity', mask: '' };
