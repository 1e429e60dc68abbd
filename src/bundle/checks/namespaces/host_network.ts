import { sys } from '../../../sys/call.js';
import { sysctlPath } from '../../../spec/names/sysctl.js';
import { namespacePath } from '../../../spec/namespaces.js';
import { noProblems, problem, show, token, type Problem } from '../../../spec/problem.js';
import type { DiskCheck } from '../disk_check.js';

/** A container that joins the host's network namespace by its path must not change the host's network parameters (runc: isHostNetNS). */
export const netSysctlsNeedOtherNetwork: DiskCheck = ({ spec }) => {
  const path = namespacePath(spec, 'network');
  const names = Object.keys(spec.linux?.sysctl ?? {}).filter((name) => sysctlPath(name).startsWith('net/'));
  if (path === undefined || names.length === 0) return noProblems;
  const joined = sys().status({ path, follow: true });
  const own = sys().status({ path: '/proc/self/ns/net', follow: true });
  if (joined === null || own === null || joined.inode !== own.inode || joined.device !== own.device) return noProblems;
  return names.map((name): Problem =>
    problem({
      pointer: `/linux/sysctl${token(name)}`,
      expected: 'absent in the network namespace of the host',
      found: show(name),
      remedy: 'join another network namespace, or remove the path to get a new one',
      words: `sysctl ${show(name)} not allowed in host network namespace`,
    }),
  );
};
