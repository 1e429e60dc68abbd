import type { Check } from '../check.js';
import { noProblems, problem, show, token, warning, type Problem } from '../problem.js';
import type { Seccomp } from '../types.js';

const pointer = '/linux/seccomp';

/** `linux.seccomp` neither blocks the container forever nor has entries without effect. */
export const seccompIsComplete: Check = ({ linux }) => {
  const seccomp = linux?.seccomp;
  if (seccomp === undefined) return noProblems;
  return [...notifyHasListener(seccomp), ...rulesMatchSomething(seccomp)];
};

/**
 * Calls under SCMP_ACT_NOTIFY wait for an agent (seccomp_unotify(2)). They must not include the call that starts the agent, nor write(2),
 * which tells it about the container.
 */
function notifyHasListener(seccomp: Seccomp): readonly Problem[] {
  const { defaultAction, listenerPath = '', listenerMetadata = '', syscalls = [] } = seccomp;
  const problems: Problem[] = [];
  if (defaultAction === 'SCMP_ACT_NOTIFY') {
    const words = 'SCMP_ACT_NOTIFY cannot be used as default action';
    problems.push(
      problem({
        pointer: `${pointer}/defaultAction`,
        expected: 'another action',
        found: show(defaultAction),
        remedy: 'name the system calls that the agent handles',
        words,
      }),
    );
  }
  const first = syscalls.findIndex(({ action }) => action === 'SCMP_ACT_NOTIFY');
  if (first >= 0 && listenerPath === '') {
    problems.push(
      problem({
        pointer: `${pointer}/listenerPath`,
        expected: `the socket of an agent, because entry ${first} of /linux/seccomp/syscalls has the action SCMP_ACT_NOTIFY`,
        found: show(seccomp.listenerPath),
        remedy: 'add "listenerPath", or choose another action',
      }),
    );
  }
  if (listenerPath !== '' && !listenerPath.startsWith('/')) {
    problems.push(
      problem({
        pointer: `${pointer}/listenerPath`,
        expected: 'an absolute path',
        found: show(listenerPath),
        remedy: 'write the full path of the socket, starting with /',
      }),
    );
  }
  if (listenerMetadata !== '' && listenerPath === '') {
    problems.push(
      problem({
        pointer: `${pointer}/listenerMetadata`,
        expected: 'absent without listenerPath',
        found: show(listenerMetadata),
        remedy: 'remove it, or add "listenerPath"',
      }),
    );
  }
  syscalls.forEach(({ action, names }, index) => {
    if (action !== 'SCMP_ACT_NOTIFY' || !names.includes('write')) return;
    const words = 'SCMP_ACT_NOTIFY cannot be used for the write syscall';
    problems.push(
      problem({
        pointer: `${pointer}/syscalls${token(index)}/names`,
        expected: 'without "write"',
        found: 'it',
        remedy: 'remove "write" from the names',
        words,
      }),
    );
  });
  return problems;
}

function rulesMatchSomething({ syscalls = [] }: Seccomp): readonly Problem[] {
  const problems: Problem[] = [];
  for (let index = 0; index < syscalls.length; index++) {
    if ((syscalls[index]?.names.length ?? 0) > 0) continue;
    problems.push(
      warning({
        pointer: `${pointer}/syscalls${token(index)}/names`,
        expected: 'a list of system calls',
        found: 'an empty array',
        remedy: 'name the system calls: without names the entry has no effect',
      }),
    );
  }
  return problems;
}
