import type { Readable, Writable } from 'node:stream';
import { beginExec } from '../container/exec/index.js';
import type { ContainerReference, ExecOptions } from '../container/options.js';
import { abortedError, throwIfAborted } from './aborting.js';
import { checked } from './checked.js';
import type { Exit } from './exit.js';
import { argsShape, execShape } from './shapes.js';
import { signalNumber } from './signal_number.js';
import { openStdio, type Stdio } from './stdio.js';
import { WatchedProcess } from './watched_process.js';

/** How another process in a container differs from the configured one. */
export interface ExecRequest extends Pick<
  ExecOptions,
  | 'env'
  | 'cwd'
  | 'user'
  | 'additionalGids'
  | 'capabilities'
  | 'noNewPrivileges'
  | 'apparmorProfile'
  | 'processLabel'
  | 'cgroup'
  | 'ignorePaused'
> {
  /** Default: `inherit`. */
  readonly stdio?: Stdio;
  /** Aborting kills the process. */
  readonly signal?: AbortSignal;
}

interface Execution {
  readonly reference: ContainerReference;
  readonly args: readonly string[];
  readonly request: ExecRequest;
}

/** Executes a process in a container and returns when its program runs. */
export async function execute({ reference, args, request }: Execution): Promise<ExecProcess> {
  const { stdio = 'inherit', signal, ...data } = request;
  throwIfAborted(signal);
  const changes = checked({ method: 'exec', value: data, shape: execShape });
  checked({ method: 'exec', value: args, shape: argsShape });
  const opened = openStdio(stdio);
  try {
    const { child } = await beginExec({ ...changes, ...reference, args, terminal: false, detach: true, streams: opened.streams });
    opened.handOver();
    const { stdin, stdout, stderr } = opened;
    return new ExecProcess({ pid: child.pid, pidfd: child.pidfd, stdin, stdout, stderr, signal: signal ?? null });
  } catch (error) {
    opened.abandon();
    throw error;
  }
}

interface ExecParts {
  readonly pid: number;
  readonly pidfd: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly signal: AbortSignal | null;
}

/**
 * A process that was executed in a running container. Its status is taken even if nobody waits, because otherwise the container could not
 * end (pid_namespaces(7)).
 */
export class ExecProcess {
  /** The host's process id. */
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #process: WatchedProcess;
  readonly #signal: AbortSignal | null;

  /** @internal */
  constructor({ pid, pidfd, stdin, stdout, stderr, signal }: ExecParts) {
    this.pid = pid;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.#process = new WatchedProcess(pidfd);
    this.#signal = signal;
    this.#process.onExit(() => {
      stdin?.destroy();
      signal?.removeEventListener('abort', this.#abort);
    });
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /**
   * Waits for the process to exit.
   * @throws RuntimeError `aborted` if its AbortSignal killed it
   */
  async wait(): Promise<Exit> {
    const exit = await this.#process.exit();
    if (this.#signal?.aborted === true && exit.signal === 'SIGKILL') throw abortedError(this.#signal);
    return exit;
  }

  /** Sends a signal: a number, or a name such as `SIGTERM` (the default). Does not fail if the process has exited. */
  kill(signal: string | number = 'SIGTERM'): void {
    this.#process.signal(signalNumber(signal));
  }

  readonly #abort = (): void => {
    this.kill('SIGKILL');
  };
}
