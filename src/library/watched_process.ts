import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import { exitOf, type Exit } from './exit.js';

/**
 * A process of which we hold a pidfd. Its status is taken as soon as it ends, even if nobody waits, because it may be our child, and a
 * zombie would delay the end of a pid namespace. Then the pidfd is closed. The exit can be asked for any number of times.
 */
export class WatchedProcess {
  #pidfd: Fd;
  readonly #exit: Promise<Exit>;

  constructor(pidfd: Fd) {
    this.#pidfd = pidfd;
    this.#exit = exitOf(pidfd).finally(() => {
      sys().close({ fd: pidfd });
      this.#pidfd = -1;
    });
    // A failure is reported to those who wait.
    this.#exit.catch(() => undefined);
  }

  /** Keeps the event loop alive, which watching alone does not: as long as nobody waits, the program may end. */
  async exit(): Promise<Exit> {
    if (this.#pidfd >= 0) await sys().whenReadable({ fds: [this.#pidfd], timeout: -1 });
    return this.#exit;
  }

  /** Calls back when the process has ended, unless watching it fails. */
  onExit(callback: () => void): void {
    this.#exit.then(callback, () => undefined);
  }

  hasEnded(): boolean {
    return this.#pidfd < 0 || sys().hasEnded({ pidfd: this.#pidfd });
  }

  /** Does not fail if the process has ended. */
  signal(number: number): void {
    if (this.#pidfd < 0) return;
    try {
      sys().signalProcess({ pidfd: this.#pidfd, signal: number });
    } catch (error) {
      if (!isSystemError(error, 'ESRCH')) throw error;
    }
  }
}
