import type { Readable, Writable } from 'node:stream';
import { deleteContainer } from '../container/delete.js';
import { killContainer } from '../container/kill.js';
import type { ContainerReference, ContainerState } from '../container/options.js';
import { pauseContainer, resumeContainer } from '../container/pause.js';
import { startContainer } from '../container/start.js';
import { stateOf } from '../container/state/index.js';
import { asRuntimeError } from '../errors/format.js';
import { abortedError } from './aborting.js';
import { execute, type ExecProcess, type ExecRequest } from './exec_process.js';
import type { Exit } from './exit.js';
import { openWatched } from './open_watched.js';
import { signalNumber } from './signal_number.js';
import type { WatchedProcess } from './watched_process.js';

export interface SignalTarget {
  /** Every process in the container's cgroup, not only its init. */
  readonly all?: boolean;
}

export interface DeleteContainer {
  /** Kill the container's processes; do not fail if the container does not exist. */
  readonly force?: boolean;
}

interface ContainerParts {
  readonly reference: ContainerReference;
  readonly pid: number;
  /** null if another program is, or was, the parent. */
  readonly process: WatchedProcess | null;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly signal?: AbortSignal | null;
}

/** A container. Each call reads its state from the system; a later container with the same id is another one. Made by a `Runtime`. */
export class Container implements AsyncDisposable {
  readonly id: string;
  /** The host's process id of the container's init; 0 if it had already ended. */
  readonly pid: number;
  /** The standard streams that were requested as pipes, otherwise null. */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #reference: ContainerReference;
  readonly #signal: AbortSignal | null;
  #process: WatchedProcess | null;
  /** The removal that an abort started. */
  #aborting: Promise<void> | undefined;

  /** @internal */
  constructor({ reference, pid, process, stdin, stdout, stderr, signal = null }: ContainerParts) {
    this.id = reference.id;
    this.pid = pid;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.#reference = reference;
    this.#process = process;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort, { once: true });
    if (stdin !== null) process?.onExit(() => stdin.destroy());
  }

  /** Executes the configured process. */
  async start(): Promise<void> {
    await startContainer(this.#reference);
  }

  /** Executes another process in the container. */
  async exec(args: readonly string[], request: ExecRequest = {}): Promise<ExecProcess> {
    return execute({ reference: this.#reference, args, request });
  }

  /** Sends a signal to the container's init: a number, or a name such as `SIGTERM` (the default) or `KILL`. */
  async kill(signal: string | number = 'SIGTERM', target: SignalTarget = {}): Promise<void> {
    await killContainer({ ...this.#reference, signalNumber: signalNumber(signal), all: target.all === true });
  }

  /**
   * Waits for the container's init to exit. Only the program that created the container learns the code and the signal; for any other both
   * are null.
   * @throws RuntimeError `aborted` if the AbortSignal of its creation ended the container
   */
  async wait(): Promise<Exit> {
    this.#process ??= openWatched(this.#reference);
    const exit = this.#process === null ? { code: null, signal: null } : await this.#process.exit();
    if (this.#signal !== null && this.#aborting !== undefined) {
      await this.#aborting;
      throw abortedError(this.#signal);
    }
    return exit;
  }

  state(): ContainerState {
    return stateOf(this.#reference);
  }

  /** Freezes every process of the container. */
  async pause(): Promise<void> {
    await pauseContainer(this.#reference);
  }

  async resume(): Promise<void> {
    await resumeContainer(this.#reference);
  }

  /**
   * Removes the container and its resources; a running one only with `force`. Output that nobody reads is lost, and failures of poststop
   * hooks become process warnings (`TSRUN_POSTSTOP_HOOK`).
   */
  async delete(options: DeleteContainer = {}): Promise<void> {
    warnOf(await deleteContainer({ ...this.#reference, force: options.force === true }));
    this.#signal?.removeEventListener('abort', this.#abort);
    // The init has ended; taking its status leaves no zombie.
    await this.#process?.exit();
    for (const stream of [this.stdout, this.stderr]) if (stream !== null && !isRead(stream)) stream.destroy();
  }

  /** `await using container = ...` kills and removes it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete({ force: true });
  }

  readonly #abort = (): void => {
    this.#aborting = this.delete({ force: true });
    // Nobody may be waiting. Whoever waits gets the failure from wait().
    this.#aborting.catch(() => undefined);
  };
}

/** Whether somebody reads it or has read it. A stream without a reader would keep its descriptor forever. */
function isRead(stream: Readable): boolean {
  return stream.readableDidRead || stream.readableFlowing !== null || stream.listenerCount('readable') > 0;
}

/** Failures of poststop hooks do not make the removal fail (runtime.md, "Lifecycle", step 13). */
function warnOf(failures: readonly unknown[]): void {
  for (const failure of failures)
    process.emitWarning(asRuntimeError(failure).message, { type: 'TsrunWarning', code: 'TSRUN_POSTSTOP_HOOK' });
}
