import type { Check } from '../../check.js';
import { noProblems, problem, show, token, type Problem } from '../../problem.js';
import { listedAgain } from '../listed_again.js';

/** `process.rlimits` has each type once, and no soft limit above the hard one (config.md, "POSIX process"; setrlimit(2), EINVAL). */
export const rlimitsAreConsistent: Check = ({ process }) => {
  const limits = process?.rlimits;
  if (limits === undefined) return noProblems;
  const problems: Problem[] = [];
  limits.forEach(({ type, soft, hard }, index) => {
    const pointer = `/process/rlimits${token(index)}`;
    if (limits.findIndex((other) => other.type === type) < index) {
      problems.push(listedAgain(type, `${pointer}/type`));
    }
    if (soft > hard) {
      problems.push(
        problem({
          pointer: `${pointer}/soft`,
          expected: `at most the hard limit ${hard}`,
          found: show(soft),
          remedy: 'lower the soft limit or raise the hard one',
        }),
      );
    }
  });
  return problems;
};
