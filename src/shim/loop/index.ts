import { sys } from '../../sys/call.js';
import type { Fd, Sys } from '../../sys/contract.js';
import type { ServerSys } from '../../sys/server.js';

/** poll(2). */
export const readable = 0x001;
export const urgent = 0x002;
export const writable = 0x004;
const invalid = 0x020;

/** The largest timeout of poll(2) that is used: one day. */
const longestWait = 86_400_000;

/** After so much time without an event, the shim rests: nothing is likely to happen soon. */
const restAfterMs = 100;

export interface Watch {
  readonly fd: Fd;
  readonly events: number;
  readonly call: (happened: number) => void;
}

/** The watches, as poll(2) takes them. */
interface Polled {
  readonly watches: readonly Watch[];
  readonly fds: readonly Fd[];
  readonly events: readonly number[];
}

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

/**
 * The event loop of the shim: one thread in poll(2), which rests without a timeout if no timer is set and nothing happens. A callback
 * handles an event completely or starts something; it never waits.
 */
export class Loop {
  readonly #server: Pick<ServerSys, 'poll'>;
  readonly #failed: (error: unknown) => void;
  readonly #watches = new Set<Watch>();
  readonly #timers = new Set<Timer>();
  #idle = false;
  /** Made again only when a watch has begun or ended: a shim with hundreds of containers has as many watches, and takes many turns. */
  #polled: Polled | null = null;

  /** `failed` is called with what a callback throws; the loop continues. */
  constructor(server: Pick<ServerSys, 'poll'>, failed: (error: unknown) => void) {
    this.#server = server;
    this.#failed = failed;
  }

  /** Calls back on each event until the returned function is called. Call that before closing the descriptor. */
  watch(watch: Watch): () => void {
    this.#watches.add(watch);
    this.#polled = null;
    return () => {
      if (this.#watches.delete(watch)) this.#polled = null;
    };
  }

  /** Calls back once. The returned function cancels the timer. */
  after(milliseconds: number, call: () => void): () => void {
    const timer = { at: now() + milliseconds, call };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Waits once, and handles what has happened. */
  turn(): void {
    const { watches, fds, events } = (this.#polled ??= asPolled([...this.#watches]));
    // A timer that is set during this turn fires in the next one, after the work that this turn has started.
    const timers = [...this.#timers];
    const timeout = this.#timeout();
    const happened = this.#server.poll({ fds, events, timeout, rest: timeout < 0 });
    this.#idle = timers.length === 0 && happened.length === 0;
    for (let at = 0; at < happened.length; at += 2) {
      const watch = watches[happened[at] ?? -1];
      // An earlier callback of this turn may have ended this watch.
      if (watch !== undefined && this.#watches.has(watch)) this.#safely(() => watch.call(happened[at + 1] ?? 0));
    }
    this.#callTimers(timers);
  }

  /** `whenReadable` of sys for a program that does several things at once. */
  readonly whenReadable: Sys['whenReadable'] = ({ fds, timeout }) =>
    new Promise<number>((resolve, reject) => {
      const ends: (() => void)[] = [];
      const finish = (settle: () => void): void => {
        for (const end of ends) end();
        settle();
      };
      fds.forEach((fd, index) => {
        const call = (happened: number): void => finish(() => ((happened & invalid) === 0 ? resolve(index) : reject(badDescriptor(fd))));
        ends.push(this.watch({ fd, events: readable, call }));
      });
      if (timeout >= 0) ends.push(this.after(timeout, () => finish(() => resolve(-1))));
    });

  #timeout(): number {
    if (this.#timers.size === 0) return this.#idle ? -1 : restAfterMs;
    const first = Math.min(...[...this.#timers].map(({ at }) => at));
    return Math.min(Math.max(0, Math.ceil(first - now())), longestWait);
  }

  #callTimers(timers: readonly Timer[]): void {
    if (timers.length === 0) return;
    const due = now();
    for (const timer of timers.filter(({ at }) => at <= due).sort((a, b) => a.at - b.at)) {
      if (this.#timers.delete(timer)) this.#safely(timer.call);
    }
  }

  #safely(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#failed(error);
    }
  }
}

function asPolled(watches: readonly Watch[]): Polled {
  return { watches, fds: watches.map(({ fd }) => fd), events: watches.map(({ events }) => events) };
}

function now(): number {
  return sys().clock().monotonic / 1e6;
}

function badDescriptor(fd: Fd): Error {
  return Object.assign(new Error(`poll: descriptor ${fd} is not open (EBADF)`), {
    code: 'EBADF',
    errno: 9,
    call: 'poll',
    subject: String(fd),
  });
}
