import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';

/** Which of the caller's descriptors the container keeps: 3 up to 3 + count - 1. */
export interface Preserved {
  readonly count: number;
  /** How many of them come from socket activation (sd_listen_fds(3)); the container finds the number in LISTEN_FDS. */
  readonly listenFds: number;
}

/** Descriptors that a container gets as 3 and on, because its caller named them. */
export interface GivenDescriptors {
  /** The first ones: sockets of sd_listen_fds(3). */
  readonly listen: readonly Fd[];
  readonly others: readonly Fd[];
}

interface PreserveRequest {
  readonly preserveFds?: number;
  readonly given?: GivenDescriptors;
}

/**
 * LISTEN_FDS counts only if LISTEN_PID is this process. --preserve-fds come after them, as in runc. Closed numbers stay closed, as in crun,
 * because podman asks for all numbers up to the highest that it passes on. With `given`, nothing comes from this process's own numbers.
 */
export function preserved({ preserveFds, given }: PreserveRequest): Preserved {
  if (given !== undefined) return { count: given.listen.length + given.others.length, listenFds: given.listen.length };
  const extra = preserveFds ?? 0;
  const listenFds = inheritedSockets();
  const last = 2 + listenFds + extra;
  if (extra > 0 && !sys().isInherited({ fd: last })) {
    throw new RuntimeError(`preserve file descriptor ${last}: not open`, {
      code: 'usage',
      phase: 'command',
      operation: 'preserve-fds',
      path: String(last),
      hint: 'the caller must open the last of the descriptors that it asks tsrun to preserve',
    });
  }
  return { count: listenFds + extra, listenFds };
}

/** What is to be placed from 3 on. */
export function placedDescriptors(given: GivenDescriptors | undefined): readonly Fd[] {
  return given === undefined ? [] : [...given.listen, ...given.others];
}

function inheritedSockets(): number {
  const fds = Number(sys().variable({ name: 'LISTEN_FDS' }) ?? 0);
  if (!Number.isInteger(fds) || fds <= 0 || fds >= 1024) return 0;
  return Number(sys().variable({ name: 'LISTEN_PID' })) === sys().ids().pid ? fds : 0;
}
