import { sys } from '../../../sys/call.js';
import { namespacePath } from '../../../spec/namespaces.js';
import { noProblems, problem, show } from '../../../spec/problem.js';
import type { DiskCheck } from '../disk_check.js';

/** A container that joins the host's uts namespace by its path must not rename the host. */
export const namesNeedOtherUts: DiskCheck = ({ spec }) => {
  const path = namespacePath(spec, 'uts');
  const fields = (['hostname', 'domainname'] as const).filter((field) => (spec[field] ?? '') !== '');
  if (path === undefined || fields.length === 0) return noProblems;
  const joined = sys().status({ path, follow: true });
  const own = sys().status({ path: '/proc/self/ns/uts', follow: true });
  if (joined === null || own === null || joined.inode !== own.inode || joined.device !== own.device) return noProblems;
  return fields.map((field) =>
    problem({
      pointer: `/${field}`,
      expected: 'absent in the uts namespace of the host',
      found: show(spec[field]),
      remedy: 'join another uts namespace, remove the path to get a new one, or remove the field',
      words: `unable to set ${field} without a private UTS namespace`,
    }),
  );
};
