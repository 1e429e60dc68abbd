import { door, isSystemError } from '../native/call.js';
import type { Fd } from '../native/contract.js';
import { exitOf, type Exit } from './exit.js';

/** A pidfd that is closed when its process has ended, and the exit, which can be asked for any number of times. */
export class WatchedProcess {
  #pidfd: Fd;
  #exit: Promise<Exit> | undefined;

  constructor(pidfd: Fd) {
    this.#pidfd = pidfd;
  }

  /** The event loop is held from the first call on, not before: as long as nobody waits, the program may end. */
  exit(): Promise<Exit> {
    this.#exit ??= exitOf(this.#pidfd).finally(() => {
      door().close({ fd: this.#pidfd });
      this.#pidfd = -1;
    });
    return this.#exit;
  }

  hasEnded(): boolean {
    return this.#pidfd < 0 || door().hasEnded({ pidfd: this.#pidfd });
  }

  /** No error where the process has ended. */
  signal(number: number): void {
    if (this.#pidfd < 0) return;
    try {
      door().signalProcess({ pidfd: this.#pidfd, signal: number });
    } catch (error) {
      if (!isSystemError(error, 'ESRCH')) throw error;
    }
  }
}
