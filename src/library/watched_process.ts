import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import { unlessAborted } from './aborting.js';
import { exitOf, type Exit } from './exit.js';

/** Milliseconds: the longest timer of Node.js. */
const never = 2 ** 31 - 1;

/**
 * A process of which we hold a pidfd. Its status is taken as soon as it ends, even if nobody waits, because it may be our child, and a
 * zombie would delay the end of a pid namespace. Then the pidfd is closed. The exit can be asked for any number of times.
 */
export class WatchedProcess {
  #pidfd: Fd;
  readonly #exit: Promise<Exit>;
  #waiting = 0;
  #isReferenced = true;
  /** Only its reference matters. */
  #alive: NodeJS.Timeout | undefined;

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
  async exit(signal?: AbortSignal): Promise<Exit> {
    if (this.#pidfd < 0) return this.#exit;
    this.#waiting++;
    this.#alive ??= setInterval(() => undefined, never);
    if (!this.#isReferenced) this.#alive.unref();
    try {
      return await unlessAborted(this.#exit, signal);
    } finally {
      if (--this.#waiting === 0) {
        clearInterval(this.#alive);
        this.#alive = undefined;
      }
    }
  }

  ref(): void {
    this.#isReferenced = true;
    this.#alive?.ref();
  }

  unref(): void {
    this.#isReferenced = false;
    this.#alive?.unref();
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
