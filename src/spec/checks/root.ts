import type { Check } from '../check.js';
import { noProblems, problem, show } from '../problem.js';

/** `root` must be set on Linux (config.md, "Root"). */
export const rootIsGiven: Check = ({ root }) => {
  if (root === undefined) {
    return [problem({ pointer: '/root', expected: 'present', found: 'nothing', remedy: 'add "root": {"path": "rootfs"}' })];
  }
  if (root.path !== '') return noProblems;
  return [
    problem({
      pointer: '/root/path',
      expected: 'the path of a directory',
      found: show(root.path),
      remedy: 'name the directory, absolute or relative to the bundle',
    }),
  ];
};
