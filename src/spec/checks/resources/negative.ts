import type { Check } from '../../check.js';
import { noProblems, problem, show, type Problem } from '../../problem.js';

/**
 * -1 is no limit (config-linux.md, "Memory" and "PIDs"). runc passes other negative numbers to the kernel, which refuses them; crun takes
 * them for -1. A negative `cpu.quota` is no limit for both, whatever its value.
 */
export const limitsAreNotNegative: Check = ({ linux }) => {
  const { memory, pids } = linux?.resources ?? {};
  if (memory === undefined && pids === undefined) return noProblems;
  const limits = [
    ['memory/limit', memory?.limit],
    ['memory/reservation', memory?.reservation],
    ['memory/swap', memory?.swap],
    ['pids/limit', pids?.limit],
  ] as const;
  return limits.flatMap(([field, value]): readonly Problem[] =>
    value === undefined || value >= -1
      ? noProblems
      : [
          problem({
            pointer: `/linux/resources/${field}`,
            expected: 'a number from -1 on',
            found: show(value),
            remedy: 'write -1 for no limit, or leave it out',
          }),
        ],
  );
};
