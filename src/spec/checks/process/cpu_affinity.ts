import type { Check } from '../../check.js';
import { problem, show, type Problem } from '../../problem.js';
import { isNumberList } from './memory_policy.js';

/** `process.execCPUAffinity` has lists of CPUs (config.md, "Linux Process"). */
export const cpuAffinityIsList: Check = ({ process }) => {
  const problems: Problem[] = [];
  for (const name of ['initial', 'final'] as const) {
    const list = process?.execCPUAffinity?.[name] ?? '';
    if (list === '' || isNumberList(list)) continue;
    problems.push(
      problem({
        pointer: `/process/execCPUAffinity/${name}`,
        expected: 'a list such as 0-3,7',
        found: show(list),
        remedy: 'list the numbers of CPUs',
      }),
    );
  }
  return problems;
};
