import { AsyncLocalStorage } from 'node:async_hooks';
import { constants } from 'node:os';
import { isInterruption } from '../errors/interruption.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys } from '../sys/call.js';
import type { Fd, Sys } from '../sys/contract.js';
import { abortedError, onAbort, throwIfAborted } from './aborting.js';

/** The abort ends a wait of the call as SIGTERM ends one of the command, so that both leave the same behind. */
const { SIGTERM } = constants.signals;

/** The call of the library, in this asynchronous context, that an AbortSignal may end; undefined if none may. */
const current = new AsyncLocalStorage<Interruption | undefined>();

/**
 * Does what a call of the library does, until one of the signals aborts. The abort ends one wait: the one in progress, or else the next.
 * What then undoes the work, and what must not stop in the middle, waits as usual (`deferSignals` of sys does the same for the command). If
 * nothing waits any more, the abort has come too late and changes nothing.
 * @throws RuntimeError `aborted` if the work ended because of it
 */
export async function untilAborted<T>(work: () => Promise<T>, ...from: readonly (AbortSignal | null | undefined)[]): Promise<T> {
  const signals = from.filter((signal) => signal !== undefined && signal !== null);
  for (const signal of signals) throwIfAborted(signal);
  // A function of the program that is called meanwhile, such as onWarning, is not a part of the call.
  if (signals.length === 0) return apart(work);
  const interruption = new Interruption();
  const ends = signals.map((signal) => onAbort(signal, () => interruption.come()));
  try {
    return await current.run(interruption, work);
  } catch (error) {
    const signal = signals.find(({ aborted }) => aborted);
    throw signal !== undefined && interruption.hasEndedWait && isAbort(error) ? causedBy(signal, error) : error;
  } finally {
    for (const end of ends) end();
    interruption.close();
  }
}

/** Does what no abort of a call ends. */
export function apart<T>(work: () => T): T {
  return current.getStore() === undefined ? work() : current.run(undefined, work);
}

/** The sys of a program whose AbortSignals end waits. */
export function interruptible(native: Sys): Sys {
  return {
    ...native,
    deferredSignal: () => (current.getStore()?.take() === true ? SIGTERM : native.deferredSignal()),
    whenReadable(o) {
      const interruption = current.getStore();
      return interruption === undefined || o.background === true ? native.whenReadable(o) : interruption.wait(native, o);
    },
  };
}

type Waiting = Parameters<Sys['whenReadable']>[0];

class Interruption {
  /** A pipe, whose writer is closed when the abort comes. Opened before anything is done, because later there may be no descriptor left. */
  readonly #reader: Fd;
  #writer: Fd;
  #hasCome = false;
  #isOver = false;
  hasEndedWait = false;

  constructor() {
    [this.#reader, this.#writer] = sys().pipe() as [Fd, Fd];
  }

  come(): void {
    this.#hasCome = true;
    this.#closeWriter();
  }

  /** Whether the abort has come and has ended nothing yet. */
  take(): boolean {
    if (!this.#hasCome || this.#isOver || this.hasEndedWait) return false;
    return (this.hasEndedWait = true);
  }

  async wait(native: Sys, o: Waiting): Promise<number> {
    if (this.#isOver || this.hasEndedWait) return native.whenReadable(o);
    const begin = performance.now();
    const index = await native.whenReadable({ ...o, fds: [...o.fds, this.#reader] });
    if (index < o.fds.length) return index;
    if (this.take()) throw interrupted();
    // The abort has ended another wait of the call.
    const timeout = o.timeout < 0 ? o.timeout : Math.max(0, Math.ceil(o.timeout - (performance.now() - begin)));
    return native.whenReadable({ ...o, timeout });
  }

  close(): void {
    this.#isOver = true;
    this.#closeWriter();
    sys().close({ fd: this.#reader });
  }

  #closeWriter(): void {
    if (this.#writer >= 0) sys().close({ fd: this.#writer });
    this.#writer = -1;
  }
}

function interrupted(): Error {
  return Object.assign(new Error(`poll ${SIGTERM}: EINTR`), {
    code: 'EINTR',
    errno: constants.errno.EINTR,
    call: 'poll',
    subject: String(SIGTERM),
  });
}

function isAbort(error: unknown): boolean {
  return isInterruption(error) || (error instanceof RuntimeError && error.code === 'aborted');
}

function causedBy(signal: AbortSignal, error: unknown): RuntimeError {
  const caused = abortedError(signal);
  if (error instanceof RuntimeError) for (const other of error.suppressed) caused.suppress(other);
  return caused;
}
