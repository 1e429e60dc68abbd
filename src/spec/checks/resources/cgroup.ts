import type { Check } from '../../check.js';
import { cgroupPathProblem } from '../../names/cgroup_path.js';
import { isUnifiedLimit, unifiedLimitWords } from '../../names/unified.js';
import { noProblems, problem, show, token, type Problem } from '../../problem.js';
import { isNumberList } from '../process/memory_policy.js';

/** `linux.cgroupsPath` stays below the mount point of the hierarchy, and is not too long. */
export const cgroupPathStaysInside: Check = ({ linux }) => {
  const path = linux?.cgroupsPath ?? '';
  const reason = cgroupPathProblem(path);
  if (reason === undefined) return [];
  return [
    problem({
      pointer: '/linux/cgroupsPath',
      expected: 'a path below the mount point of cgroup v2',
      found: `${show(path)}: ${reason}`,
      remedy: 'write the path relative to the mount point of cgroup v2',
    }),
  ];
};

/** `linux.resources.cpu` has lists in the notation of cpuset(7). */
export const cpusetsAreLists: Check = ({ linux }) => {
  const problems: Problem[] = [];
  for (const field of ['cpus', 'mems'] as const) {
    const list = linux?.resources?.cpu?.[field] ?? '';
    if (list === '' || isNumberList(list)) continue;
    problems.push(
      problem({
        pointer: `/linux/resources/cpu/${field}`,
        expected: 'a list such as 0-3,7',
        found: show(list),
        remedy: 'list numbers and ranges, separated by commas',
      }),
    );
  }
  return problems;
};

/** `linux.resources.unified` sets limits; it moves, freezes and kills nothing. */
export const unifiedFilesAreLimits: Check = ({ linux }) => {
  const unified = linux?.resources?.unified;
  if (unified === undefined) return noProblems;
  return Object.keys(unified)
    .filter((file) => !isUnifiedLimit(file))
    .map((file) =>
      problem({
        pointer: `/linux/resources/unified${token(file)}`,
        expected: unifiedLimitWords,
        found: show(file),
        remedy: 'name a file of a controller, without slashes',
      }),
    );
};
