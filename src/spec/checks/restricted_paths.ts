import type { Check } from '../check.js';
import { cleanPath } from '../cleaned_path.js';
import { problem, show, token, type Problem } from '../problem.js';

/** `maskedPaths` and `readonlyPaths` are absolute in the container (config-linux.md, "Masked Paths", "Readonly Paths"). */
export const restrictedPathsAreAbsolute: Check = ({ linux }) => {
  const problems: Problem[] = [];
  for (const field of ['maskedPaths', 'readonlyPaths'] as const) {
    const paths = linux?.[field] ?? [];
    for (let index = 0; index < paths.length; index++) {
      const path = paths[index] as string;
      if (path.startsWith('/')) {
        if (field === 'maskedPaths' && cleanPath(path) === '/') {
          const details = { pointer: `/linux/${field}${token(index)}`, expected: 'below the root', found: show(path) };
          problems.push(
            problem({
              ...details,
              remedy: 'name a path below the root; masking the root would hide the whole container',
              words: `${show(path)} cannot be masked because it is the root of the container`,
            }),
          );
        }
        continue;
      }
      problems.push(
        problem({
          pointer: `/linux/${field}${token(index)}`,
          expected: 'an absolute path',
          found: show(path),
          remedy: `write ${show(`/${path}`)}`,
        }),
      );
    }
  }
  return problems;
};
