import { sys } from '../../sys/call.js';
import { noProblems, show, warning } from '../../spec/problem.js';
import type { DiskCheck } from './disk_check.js';

/** The agent listens before a container is created. Only a warning, because it may still be started. */
export const seccompAgentListens: DiskCheck = ({ spec }) => {
  const path = spec.linux?.seccomp?.listenerPath ?? '';
  if (!path.startsWith('/') || sys().status({ path, follow: true })?.kind === 'socket') return noProblems;
  return [
    warning({
      pointer: '/linux/seccomp/listenerPath',
      expected: 'a socket',
      found: `${show(path)}, which is not a socket`,
      remedy: 'start the agent before the container',
    }),
  ];
};
