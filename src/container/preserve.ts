import { RuntimeError } from '../errors/runtime-error.js';
import { door } from '../native/call.js';

/** Which descriptors of the caller the container keeps: 3 up to 3 + count - 1. */
export interface Preserved {
  readonly count: number;
  /** How many of them come by socket activation (sd_listen_fds(3)); told to the container in LISTEN_FDS. */
  readonly listenFds: number;
}

/** LISTEN_FDS counts only where LISTEN_PID names this process; --preserve-fds come behind them, as in runc. */
export function preserved(preserveFds: number | undefined): Preserved {
  const extra = preserveFds ?? 0;
  const listenFds = inheritedSockets();
  for (let fd = 3 + listenFds; fd < 3 + listenFds + extra; fd++) {
    if (!door().access({ path: `/proc/self/fd/${fd}`, mode: 0 })) {
      throw new RuntimeError(`preserve file descriptor ${fd}: not open`, {
        code: 'usage',
        phase: 'command',
        operation: 'preserve-fds',
        path: String(fd),
        hint: 'the caller must open the descriptors 3 to 3+N-1 before it asks to preserve N of them',
      });
    }
  }
  return { count: listenFds + extra, listenFds };
}

function inheritedSockets(): number {
  const fds = Number(door().variable({ name: 'LISTEN_FDS' }) ?? 0);
  if (!Number.isInteger(fds) || fds <= 0 || fds >= 1024) return 0;
  return Number(door().variable({ name: 'LISTEN_PID' })) === door().ids().pid ? fds : 0;
}
