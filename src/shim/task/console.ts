import { fromSystem } from '../../errors/from_system.js';
import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';

/**
 * A console socket like an engine's: the conductor sends the terminal's master to it. This process is both sides, and nothing waits,
 * because the message has arrived when the conductor returns.
 */
export class ConsoleSocket {
  readonly path: string;
  readonly #listening: Fd;

  constructor(path: string) {
    this.path = path;
    this.#forget();
    try {
      this.#listening = sys().listenUnix({ path, backlog: 1, mode: 0o600 });
    } catch (error) {
      throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'listen on console socket', path });
    }
  }

  /** Returns the master; the caller owns it. */
  take(): Fd {
    const connection = sys().acceptUnix({ socket: this.#listening });
    try {
      return sys().receiveFd({ socket: connection });
    } finally {
      sys().close({ fd: connection });
    }
  }

  close(): void {
    sys().close({ fd: this.#listening });
    this.#forget();
  }

  #forget(): void {
    try {
      sys().unlink({ path: this.path });
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }
}
