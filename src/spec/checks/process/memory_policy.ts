import type { Check } from '../../check.js';
import { noProblems, problem, show, type Problem } from '../../problem.js';

const pointer = '/linux/memoryPolicy';

/** `linux.memoryPolicy` is one that set_mempolicy(2) accepts instead of failing with EINVAL. */
export const memoryPolicyIsPossible: Check = ({ linux }) => {
  const policy = linux?.memoryPolicy;
  if (policy === undefined) return noProblems;
  const { mode, nodes = '', flags = [] } = policy;
  const problems: Problem[] = [];
  const without = mode === 'MPOL_DEFAULT' || mode === 'MPOL_LOCAL';
  if (nodes !== '' && !isNumberList(nodes)) {
    problems.push(
      problem({
        pointer: `${pointer}/nodes`,
        expected: 'a list such as 0-3,7',
        found: show(nodes),
        remedy: 'list the numbers of memory nodes',
      }),
    );
  } else if (without && nodes !== '') {
    problems.push(
      problem({
        pointer: `${pointer}/nodes`,
        expected: `empty with mode ${mode}`,
        found: show(nodes),
        remedy: 'remove the nodes or choose another mode',
      }),
    );
  } else if (!without && nodes === '' && mode !== 'MPOL_PREFERRED') {
    problems.push(
      problem({
        pointer: `${pointer}/nodes`,
        expected: `a list of nodes with mode ${mode}`,
        found: show(policy.nodes),
        remedy: 'list the numbers of memory nodes, such as "0"',
      }),
    );
  }
  if (flags.includes('MPOL_F_STATIC_NODES') && flags.includes('MPOL_F_RELATIVE_NODES')) {
    problems.push(
      problem({
        pointer: `${pointer}/flags`,
        expected: 'static or relative',
        found: 'both',
        remedy: 'keep one of MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES',
      }),
    );
  }
  if (flags.includes('MPOL_F_NUMA_BALANCING') && mode !== 'MPOL_BIND' && mode !== 'MPOL_PREFERRED_MANY') {
    problems.push(
      problem({
        pointer: `${pointer}/flags`,
        expected: `without MPOL_F_NUMA_BALANCING with mode ${mode}`,
        found: 'it',
        remedy: 'remove the flag, or choose MPOL_BIND',
      }),
    );
  }
  return problems;
};

/** The list format of cpuset(7). */
export function isNumberList(list: string): boolean {
  return list.split(',').every((part) => {
    const [, first, last] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim()) ?? [];
    return first !== undefined && (last === undefined || Number(first) <= Number(last));
  });
}
