import type { Check } from '../../check.js';
import { noProblems, problem, show, warning, type Problem } from '../../problem.js';
import type { Integer64 } from '../../../json/integer64.js';

const pointer = '/process/scheduler';

/** `process.scheduler` has the fields that its policy uses (sched(7), sched_setattr(2)). */
export const schedulerFieldsFitPolicy: Check = ({ process }) => {
  const scheduler = process?.scheduler;
  if (scheduler === undefined) return noProblems;
  const { policy, nice, priority, runtime, deadline, period } = scheduler;
  const problems: Problem[] = [];
  const isRealTime = policy === 'SCHED_FIFO' || policy === 'SCHED_RR';
  const isNormal = policy === 'SCHED_OTHER' || policy === 'SCHED_BATCH';
  if (policy === 'SCHED_ISO') {
    problems.push(
      problem({
        pointer: `${pointer}/policy`,
        expected: 'a policy of this kernel',
        found: show(policy),
        remedy: 'Linux has never had SCHED_ISO: choose another',
      }),
    );
  }
  if ((nice ?? 0) !== 0 && !isNormal) {
    // The kernel ignores it (sched_setattr(2)), and runc and crun accept it.
    problems.push(
      warning({
        pointer: `${pointer}/nice`,
        expected: 'absent',
        found: `${show(nice)} with policy ${policy}`,
        remedy: 'only SCHED_OTHER and SCHED_BATCH have nice values',
      }),
    );
  }
  if ((priority ?? 0) !== 0 && !isRealTime) {
    const words = 'scheduler.priority can only be specified for SchedFIFO or SchedRR policy';
    problems.push(
      problem({
        pointer: `${pointer}/priority`,
        expected: 'absent',
        found: show(priority),
        remedy: 'remove it, or choose SCHED_FIFO or SCHED_RR',
        words,
      }),
    );
  }
  if (isRealTime && (priority ?? 0) === 0) {
    problems.push(
      problem({
        pointer: `${pointer}/priority`,
        expected: `from 1 to 99 with policy ${policy}`,
        found: show(priority),
        remedy: 'add a priority; 1 is the lowest',
      }),
    );
  }
  for (const [name, value] of [
    ['runtime', runtime],
    ['deadline', deadline],
    ['period', period],
  ] as const) {
    if ((value ?? 0) === 0 || policy === 'SCHED_DEADLINE') continue;
    const words = 'scheduler runtime/deadline/period can only be specified for SchedDeadline policy';
    problems.push(
      problem({
        pointer: `${pointer}/${name}`,
        expected: 'absent',
        found: show(value),
        remedy: 'remove it, or choose SCHED_DEADLINE',
        words,
      }),
    );
  }
  return policy === 'SCHED_DEADLINE' ? [...problems, ...deadlineIsOrdered(runtime ?? 0, deadline ?? 0, period ?? 0)] : problems;
};

/** The kernel requires runtime <= deadline <= period (0 means the deadline), each at least 1024 ns (sched(7), "SCHED_DEADLINE"). */
function deadlineIsOrdered(runtime: Integer64, deadline: Integer64, period: Integer64): readonly Problem[] {
  if (runtime >= 1024 && runtime <= deadline && (period === 0 || deadline <= period)) return noProblems;
  return [
    problem({
      pointer,
      expected: 'such that 1024 <= runtime <= deadline <= period',
      found: `runtime ${runtime}, deadline ${deadline}, period ${period}`,
      remedy: 'correct the three times, which are in nanoseconds',
    }),
  ];
}
