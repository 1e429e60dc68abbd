import { exitCode } from '../../container/exit_code.js';
import { isSystemError, sys } from '../../sys/call.js';
import { reapEnded } from '../../sys/reap_ended.js';
import type { Cloned, Fd } from '../../sys/contract.js';
import { now } from '../wire/now.js';
import { readable, type Loop } from '../loop/index.js';
import type { Stdio, StdioPaths } from '../io/stdio.js';
import type { Terminal } from '../io/terminal.js';
import type { Partially } from '../../protobuf/message.js';
import { taskStatus, type timestamp } from '../wire/messages.js';

export interface Exit {
  readonly status: number;
  readonly at: Partially<typeof timestamp>;
}

/** A process of a container as containerd sees it: its init, or an exec. */
export class TaskProcess {
  readonly paths: StdioPaths;
  readonly #loop: Loop;
  pid = 0;
  started = false;
  /** Its end, once that has been reported. */
  exit: Exit | null = null;
  stdio: Stdio | null = null;
  terminal: Terminal | null = null;
  /** The client has said that no more input comes. */
  inputClosed = false;
  /** A start is in progress; the end of the process is reported after it. */
  starting = false;
  /** Whether it runs, or its end has not been reported yet. */
  running = false;
  #pidfd: Fd = -1;
  readonly #waiting: ((exit: Exit) => void)[] = [];
  #ended: Exit | null = null;
  #onEnd: (exit: Exit) => void = () => undefined;
  #drained: Promise<void> = Promise.resolve();

  constructor(loop: Loop, { stdin, stdout, stderr, terminal }: StdioPaths) {
    this.#loop = loop;
    this.paths = { stdin, stdout, stderr, terminal };
  }

  get status(): number {
    if (this.exit !== null) return taskStatus.stopped;
    return this.started ? taskStatus.running : taskStatus.created;
  }

  /** Watches the process, and owns its pidfd, from now on. Calls `onEnd` once, when the process has ended and no start is in progress. */
  follow({ pid, pidfd }: Cloned, onEnd: (exit: Exit) => void): void {
    this.pid = pid;
    this.#pidfd = pidfd;
    this.running = true;
    this.#onEnd = onEnd;
    const unwatch = this.#loop.watch({
      fd: pidfd,
      events: readable,
      call: () => {
        unwatch();
        void reapEnded(pidfd)
          .catch(() => null)
          .then((exit) => {
            this.#pidfd = -1;
            sys().close({ fd: pidfd });
            this.#ended = { status: exit === null ? 255 : exitCode(exit), at: now() };
            this.#drained = this.#closeStdio();
            this.#tell();
          });
      },
    });
  }

  /** Whether the process has ended, even if that has not been reported yet. */
  get hasEnded(): boolean {
    return this.#pidfd < 0 || sys().hasEnded({ pidfd: this.#pidfd });
  }

  /** Returns false if the process has ended. Never signals another process. */
  signal(signal: number): boolean {
    if (this.#pidfd < 0) return false;
    try {
      sys().signalProcess({ pidfd: this.#pidfd, signal });
      return true;
    } catch (error) {
      if (isSystemError(error, 'ESRCH')) return false;
      throw error;
    }
  }

  /** Runs `work`, which reports the start. The end of the process is reported after it, whichever happened first. */
  async whileStarting<T>(work: () => Promise<T>): Promise<T> {
    this.starting = true;
    try {
      return await work();
    } finally {
      this.starting = false;
      this.#tell();
    }
  }

  /** Reports the end of the process to those who wait for it. */
  finish(exit: Exit): void {
    this.running = false;
    this.exit = exit;
    for (const tell of this.#waiting.splice(0)) tell(exit);
  }

  /** Call this if the start has failed and there is no process. */
  async abandon(): Promise<void> {
    this.finish({ status: 255, at: now() });
    this.#drained = this.#closeStdio();
    await this.#drained;
  }

  wait(): Promise<Exit> {
    return this.exit === null ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(this.exit);
  }

  /** Resolves when all of its output has been copied. */
  drained(): Promise<void> {
    return this.#drained;
  }

  #tell(): void {
    if (this.#ended === null || this.starting) return;
    const exit = this.#ended;
    this.#ended = null;
    this.#onEnd(exit);
  }

  async #closeStdio(): Promise<void> {
    const { terminal, stdio } = this;
    this.terminal = null;
    this.stdio = null;
    await terminal?.finish();
    stdio?.close();
    await stdio?.drained();
  }
}
