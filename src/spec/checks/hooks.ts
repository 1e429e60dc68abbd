import type { Check } from '../check.js';
import { hookKinds } from '../names/hooks.js';
import { noProblems, problem, show, token, type Problem } from '../problem.js';

/** `hooks` has absolute paths and positive timeouts (config.md, "POSIX-platform Hooks"). */
export const hooksCanRun: Check = ({ hooks }) => {
  if (hooks === undefined) return noProblems;
  const problems: Problem[] = [];
  for (const kind of hookKinds) {
    (hooks[kind] ?? []).forEach(({ path, timeout }, index) => {
      const pointer = `/hooks/${kind}${token(index)}`;
      if (!path.startsWith('/')) {
        problems.push(
          problem({
            pointer: `${pointer}/path`,
            expected: 'an absolute path',
            found: show(path),
            remedy: 'write the full path of the program, starting with /',
          }),
        );
      }
      if (timeout !== undefined && timeout <= 0) {
        problems.push(
          problem({
            pointer: `${pointer}/timeout`,
            expected: 'greater than 0',
            found: show(timeout),
            remedy: 'set the seconds that the hook may run, or remove the field for no limit',
          }),
        );
      }
    });
  }
  return problems;
};
