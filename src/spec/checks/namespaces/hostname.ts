import type { Check } from '../../check.js';
import { hasNamespace } from '../../namespaces.js';
import { noProblems, problem, show, type Problem } from '../../problem.js';

/** __NEW_UTS_LEN: the longest name that sethostname(2) and setdomainname(2) accept. */
const longest = 64;

/** Names belong to the uts namespace: without its own, the container would rename the host (uts_namespaces(7)). */
export const namesNeedUtsNamespace: Check = (spec) => {
  if ((spec.hostname ?? '') === '' && (spec.domainname ?? '') === '') return noProblems;
  const own = hasNamespace(spec, 'uts');
  const problems: Problem[] = [];
  for (const field of ['hostname', 'domainname'] as const) {
    const name = spec[field] ?? '';
    if (name === '') continue;
    if (!own) {
      const words = `unable to set ${field} without a private UTS namespace`;
      problems.push(
        problem({
          pointer: `/${field}`,
          expected: 'absent',
          found: show(name),
          remedy: 'add {"type": "uts"} to /linux/namespaces, or remove the field',
          words,
        }),
      );
    }
    if (name.length > longest) {
      problems.push(problem({ pointer: `/${field}`, expected: `at most ${longest} bytes long`, found: show(name), remedy: 'shorten it' }));
    }
  }
  return problems;
};
