import type { Check } from '../../check.js';
import { sysctlPath } from '../../names/sysctl.js';
import { hasNamespace } from '../../namespaces.js';
import { noProblems, problem, show, token, type Problem } from '../../problem.js';
import type { Spec } from '../../types.js';

/** Parameters of an ipc namespace (ipc_namespaces(7)), in addition to everything below fs/mqueue. */
const ipcParameters: ReadonlySet<string> = new Set([
  'kernel/auto_msgmni',
  'kernel/msg_next_id',
  'kernel/msgmax',
  'kernel/msgmnb',
  'kernel/msgmni',
  'kernel/sem',
  'kernel/sem_next_id',
  'kernel/shm_next_id',
  'kernel/shm_rmid_forced',
  'kernel/shmall',
  'kernel/shmmax',
  'kernel/shmmni',
]);

/** `linux.sysctl` sets only parameters of the container's own namespaces; any other would change for the whole host. */
export const sysctlsAreNamespaced: Check = (spec) => {
  const parameters = spec.linux?.sysctl;
  if (parameters === undefined) return noProblems;
  const problems: Problem[] = [];
  for (const name of Object.keys(parameters)) {
    const reason = refusal(spec, name);
    if (reason === undefined) continue;
    problems.push(
      problem({
        pointer: `/linux/sysctl${token(name)}`,
        expected: "a parameter of one of the container's own namespaces",
        found: show(name),
        ...reason,
      }),
    );
  }
  return problems;
};

/** Why a parameter is refused, in runc's words. */
function refusal(spec: Spec, name: string): { readonly words: string; readonly remedy: string } | undefined {
  const path = sysctlPath(name);
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    return { words: `sysctl ${show(name)} is not the name of a kernel parameter`, remedy: 'write it as in "net.ipv4.ip_forward"' };
  }
  if (path.startsWith('net/')) {
    if (hasNamespace(spec, 'network')) return undefined;
    return { words: `sysctl ${show(name)} not allowed in host network namespace`, remedy: 'add {"type": "network"} to /linux/namespaces' };
  }
  if (path.startsWith('fs/mqueue/') || ipcParameters.has(path)) {
    if (hasNamespace(spec, 'ipc')) return undefined;
    return { words: `sysctl ${show(name)} is not allowed in the hosts ipc namespace`, remedy: 'add {"type": "ipc"} to /linux/namespaces' };
  }
  if (path.startsWith('user/')) {
    if (hasNamespace(spec, 'user')) return undefined;
    return {
      words: `sysctl ${show(name)} is not allowed in the hosts user namespace`,
      remedy: 'add {"type": "user"} to /linux/namespaces',
    };
  }
  if (path === 'kernel/hostname' || path === 'kernel/domainname')
    return nameOfUts(spec, name, path === 'kernel/hostname' ? 'hostname' : 'domainname');
  return { words: `sysctl ${show(name)} is not in a separate kernel namespace`, remedy: 'set it on the host instead' };
}

/** The host name has its own field. The domain name may be set here unless the field has another value. */
function nameOfUts(
  spec: Spec,
  name: string,
  field: 'hostname' | 'domainname',
): { readonly words: string; readonly remedy: string } | undefined {
  if (!hasNamespace(spec, 'uts'))
    return { words: `sysctl ${show(name)} is not in a separate kernel namespace`, remedy: 'add {"type": "uts"} to /linux/namespaces' };
  const given = field === 'domainname' ? (spec.domainname ?? '') : undefined;
  if (given === '' || given === spec.linux?.sysctl?.[name]) return undefined;
  return { words: `sysctl ${show(name)} is not allowed as it conflicts with the OCI "${field}" field`, remedy: `set /${field} instead` };
}
