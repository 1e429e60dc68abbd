import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { throughDescriptor } from '../errors/through_descriptor.js';
import { sys } from '../sys/call.js';
import type { Fd, InitMessage } from '../sys/contract.js';
import { syncPoint } from '../protocol/operations.js';
import { statusOf } from './state/status.js';
import type { ContainerRecord } from '../state/record.js';
import { containerState } from './state/document.js';

export interface ListenerSync {
  readonly message: InitMessage;
  /** The process that loaded the filter. */
  readonly pidfd: Fd;
  readonly pid: number;
  readonly record: ContainerRecord;
  readonly root: string;
}

/** The specification names the descriptors in the order in which they are sent. */
const fdNames = ['seccompFd'];

/**
 * At the point `seccompListener`: takes the listener out of the process with pidfd_getfd(2), so that the process itself makes no call that
 * its own filter may block, and sends it to the agent with the container process state (config-linux.md, "The Container Process State").
 */
export function serveListener({ message, pidfd, pid, record, root }: ListenerSync): void {
  if (message.value !== syncPoint.seccompListener) return;
  const path = record.spec.linux?.seccomp?.listenerPath;
  if (path === undefined)
    throw new RuntimeError('serve seccomp listener: no listenerPath', {
      code: 'internal',
      phase: 'start',
      path: '/linux/seccomp/listenerPath',
    });
  const state = {
    ociVersion: record.ociVersion,
    fds: fdNames,
    pid,
    metadata: record.spec.linux?.seccomp?.listenerMetadata ?? '',
    state: containerState({ record, status: statusOf({ root, record }) }),
  };
  const opened: Fd[] = [];
  try {
    const listener = sys().takeFd({ pidfd, fd: message.errno });
    opened.push(listener);
    checkListener(listener, path);
    const socket = connectAgent(path);
    opened.push(socket);
    sys().sendFd({ socket, fd: listener, data: JSON.stringify(state) });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'start',
      operation: 'hand over seccomp listener',
      path,
    });
  } finally {
    for (const fd of opened) sys().close({ fd });
  }
}

/** The process chose the number, and a process that may trace it can change it; the agent must not get its other descriptors. */
function checkListener(fd: Fd, path: string): void {
  const named = throughDescriptor({ fd, name: path }, (opened) => sys().readLink({ path: opened }));
  if (named === 'anon_inode:seccomp notify') return;
  throw new RuntimeError('hand over seccomp listener: the process named another descriptor', {
    code: 'setup',
    phase: 'start',
    operation: 'hand over seccomp listener',
    path,
  });
}

function connectAgent(path: string): Fd {
  try {
    return sys().connectUnix({ path });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'start',
      // runc's words.
      operation: 'failed to connect with seccomp agent',
      path,
      hint: 'the seccomp agent must listen on listenerPath before the container is started',
    });
  }
}
