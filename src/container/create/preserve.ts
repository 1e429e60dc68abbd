import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';

/** Which of the caller's descriptors the container keeps: 3 up to 3 + count - 1. */
export interface Preserved {
  readonly count: number;
  /** How many of them come from socket activation (sd_listen_fds(3)); the container finds the number in LISTEN_FDS. */
  readonly listenFds: number;
}

/**
 * LISTEN_FDS counts only if LISTEN_PID is this process. --preserve-fds come after them, as in runc. Closed numbers stay closed, as in crun,
 * because podman asks for all numbers up to the highest that it passes on.
 */
export function preserved(preserveFds: number | undefined): Preserved {
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

function inheritedSockets(): number {
  const fds = Number(sys().variable({ name: 'LISTEN_FDS' }) ?? 0);
  if (!Number.isInteger(fds) || fds <= 0 || fds >= 1024) return 0;
  return Number(sys().variable({ name: 'LISTEN_PID' })) === sys().ids().pid ? fds : 0;
}
