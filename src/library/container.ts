import type { Readable, Writable } from 'node:stream';
import { deleteContainer } from '../container/delete.js';
import { killContainer } from '../container/kill.js';
import type { ContainerReference, ContainerState } from '../container/options.js';
import { pauseContainer, resumeContainer } from '../container/pause.js';
import { startContainer } from '../container/start.js';
import { stateOf } from '../container/state.js';
import { abortedError } from './aborting.js';
import { execute, type ExecProcess, type ExecRequest } from './exec_process.js';
import type { Exit } from './exit.js';
import { openWatched } from './open_watched.js';
import { signalNumber } from './signal_number.js';
import type { WatchedProcess } from './watched_process.js';

export interface SignalTarget {
  /** Every process of the container's cgroup, not only its init. */
  readonly all?: boolean;
}

export interface DeleteContainer {
  /** Kill what still runs; an absent container is no error. */
  readonly force?: boolean;
}

interface ContainerParts {
  readonly reference: ContainerReference;
  readonly pid: number;
  /** null where another program is, or was, the parent. */
  readonly process: WatchedProcess | null;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly signal?: AbortSignal | null;
}

/** A container, by its id: what happens to it is read from the system at each call. Made by a `Runtime`. */
export class Container implements AsyncDisposable {
  readonly id: string;
  /** Host process id of the container's init; 0 where it had ended already. */
  readonly pid: number;
  /** The standard streams that were asked for as pipes; else null. */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #reference: ContainerReference;
  readonly #signal: AbortSignal | null;
  #process: WatchedProcess | null;
  /** The removal that an abort has set off. */
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
  }

  /** Executes the configured process. */
  start(): Promise<void> {
    return startContainer(this.#reference);
  }

  /** Executes a further process in the container. */
  exec(args: readonly string[], request: ExecRequest = {}): Promise<ExecProcess> {
    return execute({ reference: this.#reference, args, request });
  }

  /** Signals the container's init: a number, or a name such as `SIGTERM` (the default) or `KILL`. */
  kill(signal: string | number = 'SIGTERM', target: SignalTarget = {}): Promise<void> {
    return killContainer({ ...this.#reference, signalNumber: signalNumber(signal), all: target.all === true });
  }

  /**
   * Waits for the end of the container's init. Code and signal are known to the program that created the container; for any other both are null.
   * @throws RuntimeError `aborted` where the AbortSignal of its creation has ended the container
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
  pause(): Promise<void> {
    return pauseContainer(this.#reference);
  }

  resume(): Promise<void> {
    return resumeContainer(this.#reference);
  }

  /** Removes the container and all it holds; a running one only with `force`. */
  async delete(options: DeleteContainer = {}): Promise<void> {
    await deleteContainer({ ...this.#reference, force: options.force === true });
    this.#signal?.removeEventListener('abort', this.#abort);
    // The init has ended: taking its status leaves no zombie.
    await this.#process?.exit();
  }

  /** `await using container = ...` kills and removes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.delete({ force: true });
  }

  readonly #abort = (): void => {
    this.#aborting = this.delete({ force: true });
    // Nobody may be waiting; whoever does gets the failure from wait().
    this.#aborting.catch(() => undefined);
  };
}
