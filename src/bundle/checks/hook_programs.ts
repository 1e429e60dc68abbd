import { sys } from '../../sys/call.js';
import { hookKinds } from '../../spec/names/hooks.js';
import { problem, show, token, type Problem } from '../../spec/problem.js';
import type { DiskCheck } from './disk_check.js';

/**
 * Hooks are programs of the host, except startContainer hooks, whose paths are inside the container (config.md, "POSIX-platform Hooks").
 */
export const hookProgramsExist: DiskCheck = ({ spec }) => {
  const problems: Problem[] = [];
  for (const kind of hookKinds) {
    if (kind === 'startContainer') continue;
    (spec.hooks?.[kind] ?? []).forEach(({ path }, index) => {
      if (!path.startsWith('/')) return;
      const status = sys().status({ path, follow: true });
      if (status?.kind === 'file' && (status.mode & 0o111) !== 0) return;
      const found = status === null ? 'which does not exist' : 'which cannot be executed';
      problems.push(
        problem({
          pointer: `/hooks/${kind}${token(index)}/path`,
          expected: 'a program of the host',
          found: `${show(path)}, ${found}`,
          remedy: 'install it, or remove the hook',
        }),
      );
    });
  }
  return problems;
};
