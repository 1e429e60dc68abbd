import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';

/** Which descriptors of the caller the container keeps: 3 up to 3 + count - 1. */
export interface Preserved {
  readonly count: number;
  /** How many of them come by socket activation (sd_listen_fds(3)); told to the container in LISTEN_FDS. */
  readonly listenFds: number;
}

/**
 * LISTEN_FDS counts only where LISTEN_PID names this process; --preserve-fds come behind them, as in runc. Numbers that are closed stay so, as with crun: podman asks
 * for all up to the highest that it hands on.
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
      hint: 'the caller must have opened the last of the descriptors that it asks to preserve',
    });
  }
  return { count: listenFds + extra, listenFds };
}

function inheritedSockets(): number {
  const fds = Number(sys().variable({ name: 'LISTEN_FDS' }) ?? 0);
  if (!Number.isInteger(fds) || fds <= 0 || fds >= 1024) return 0;
  return Number(sys().variable({ name: 'LISTEN_PID' })) === sys().ids().pid ? fds : 0;
}
