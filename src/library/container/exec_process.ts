import type { Readable, Writable } from 'node:stream';
import { beginExec } from '../../container/exec/index.js';
import type { ContainerReference, ExecutionRequest } from '../../container/options.js';
import type { Fd } from '../../sys/contract.js';
import { abortedError, onAbort } from '../aborting.js';
import { checked } from '../arguments/checked.js';
import { optionsOf } from '../arguments/options_of.js';
import type { Exit } from '../exit.js';
import { argsShape, execShape } from '../arguments/shapes.js';
import { openSignalOf } from '../arguments/signal_of.js';
import { ofStreams } from '../arguments/unknown_member.js';
import { untilAborted } from '../interruption.js';
import type { OutputLog } from '../logs/output_log.js';
import type { WaitRequest } from '../requests.js';
import { signalNumber } from '../arguments/signal_number.js';
import { openStdio, type HandedFiles, type Stdio } from '../stdio.js';
import { warner, type Warn } from '../warn.js';
import { WatchedProcess } from '../watched_process.js';
import { openTerminal, requestedStreams } from './terminal/requested.js';
import type { TerminalSize } from './terminal/size.js';
import type { Terminal } from './terminal/terminal.js';

/** How another process in a container differs from the configured one. A field that is absent is as configured. */
export interface ExecRequest
  extends
    HandedFiles,
    Pick<
      ExecutionRequest,
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
  /** The standard streams of the process. Default: `inherit`. */
  readonly stdio?: Stdio;
  /** In place of `stdio`: the standard streams are a new terminal of this size, and {@link ExecProcess.terminal} is our side of it. */
  readonly terminal?: TerminalSize;
  /** Kills the process (SIGKILL) when it aborts. */
  readonly signal?: AbortSignal;
}

interface Execution {
  readonly reference: ContainerReference;
  readonly args: readonly string[];
  readonly request: ExecRequest;
  readonly warn: Warn;
}

/** Executes a process in a container; returns when it runs. */
export async function execute(execution: Execution): Promise<ExecProcess> {
  const request = optionsOf('exec', execution.request);
  return untilAborted(() => executeNow({ ...execution, request }), request.signal);
}

async function executeNow({ reference, args, request, warn }: Execution): Promise<ExecProcess> {
  const { stdio: _, terminal: __, signal, preserveFds: ___, listenFds: ____, logs: _____, ...data } = request;
  const words = checked({ method: 'exec', value: args, shape: argsShape });
  const changes = checked({ method: 'exec', value: data, shape: execShape, beside: ofStreams });
  const { stdio, ofTerminal } = requestedStreams('exec', request);
  const opened = openStdio(stdio, request, warn);
  try {
    const { child, master } = await beginExec({
      ...changes,
      ...reference,
      args: words,
      ...ofTerminal,
      terminal: ofTerminal.terminalSize !== undefined,
      detach: true,
      streams: opened.streams,
      given: opened.given,
      warn: warner(warn),
    });
    opened.handOver();
    const { stdin, stdout, stderr, log } = opened;
    const watched = new WatchedProcess(child.pidfd);
    const terminal = openOr(() => watched.signal(9), master, ofTerminal.terminalSize);
    return new ExecProcess({ pid: child.pid, watched, stdin, stdout, stderr, log, terminal, signal: signal ?? null });
  } catch (error) {
    opened.abandon();
    throw error;
  }
}

/** Our side of the terminal. Without it nobody could use the process, which then ends. */
function openOr(kill: () => void, master: Fd, size: TerminalSize | undefined): Terminal | null {
  try {
    return openTerminal(master, size);
  } catch (error) {
    kill();
    throw error;
  }
}

interface ExecParts {
  readonly pid: number;
  readonly watched: WatchedProcess;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly log: OutputLog | null;
  readonly terminal: Terminal | null;
  readonly signal: AbortSignal | null;
}

/**
 * Another process in a running container. {@link Container.exec} returns it.
 *
 * Its exit status is collected even if nobody waits, because the container's pid namespace cannot end before (pid_namespaces(7)).
 *
 * @example
 * ```ts
 * import { Runtime } from '@tsrun/runtime';
 *
 * const runtime = new Runtime();
 * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
 * await container.start();
 * const process = await container.exec(['sleep', '1000'], { stdio: 'ignore' });
 * process.kill();
 * console.log(await process.wait()); // prints { code: null, signal: 'SIGTERM' }
 * ```
 */
export class ExecProcess {
  /** Process id on the host. */
  readonly pid: number;
  /** The standard input, if it was requested as a pipe; otherwise null. */
  readonly stdin: Writable | null;
  /** The standard output, if it was requested as a pipe; otherwise null. */
  readonly stdout: Readable | null;
  /** The standard error, if it was requested as a pipe; otherwise null. */
  readonly stderr: Readable | null;
  /** Our side of its terminal, if one was requested; otherwise null. */
  readonly terminal: Terminal | null;
  readonly #process: WatchedProcess;
  readonly #log: OutputLog | null;
  readonly #signal: AbortSignal | null;

  /** @internal */
  constructor({ pid, watched, stdin, stdout, stderr, log, terminal, signal }: ExecParts) {
    this.pid = pid;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.terminal = terminal;
    this.#process = watched;
    this.#log = log;
    this.#signal = signal;
    let endSignal: () => void = () => undefined;
    this.#process.onExit(() => {
      stdin?.destroy();
      terminal?.discardInput();
      endSignal();
      void log?.settle();
    });
    if (signal?.aborted === true) this.#abort();
    else if (signal !== null) endSignal = onAbort(signal, this.#abort);
  }

  /**
   * Waits until the process ends. It may be called any number of times, also after the end. While a call waits, it keeps the Node.js
   * process alive.
   *
   * @param request - An AbortSignal that ends the wait.
   * @returns The exit code or the signal.
   * @throws {@link RuntimeError} `aborted` if its AbortSignal killed it, or the one given here ended the wait.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * const process = await container.exec(['sh', '-c', 'exit 3'], { stdio: 'ignore' });
   * console.log((await process.wait()).code); // prints 3
   * ```
   */
  async wait(request: WaitRequest = {}): Promise<Exit> {
    const signal = openSignalOf('wait', request);
    const exit = await this.#process.exit(signal);
    await this.#log?.settle();
    if (this.#signal?.aborted === true && exit.signal === 'SIGKILL') throw abortedError(this.#signal);
    return exit;
  }

  /**
   * Lets a call of {@link ExecProcess.wait} keep the Node.js process alive again, as it does by default.
   *
   * @throws Nothing.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * const process = await container.exec(['true'], { stdio: 'ignore' });
   * console.log(process.unref().ref() === process); // prints true
   * ```
   */
  ref(): this {
    this.#process.ref();
    this.#log?.ref();
    return this;
  }

  /**
   * A call of {@link ExecProcess.wait} no longer keeps the Node.js process alive. Streams have an `unref()` of their own.
   *
   * @throws Nothing.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * const process = await container.exec(['true'], { stdio: 'ignore' });
   * console.log(process.unref() === process); // prints true
   * ```
   */
  unref(): this {
    this.#process.unref();
    this.#log?.unref();
    return this;
  }

  /**
   * Signals the process. Does nothing if it has ended.
   *
   * @param signal - A number, or a name with or without `SIG`. Default: `SIGTERM`.
   * @throws {@link RuntimeError} `usage` if the signal is unknown.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * const process = await container.exec(['sleep', '1000'], { stdio: 'ignore' });
   * process.kill('SIGKILL');
   * console.log((await process.wait()).signal); // prints SIGKILL
   * ```
   */
  kill(signal: string | number = 'SIGTERM'): void {
    this.#process.signal(signalNumber(signal));
  }

  readonly #abort = (): void => {
    this.kill('SIGKILL');
  };
}
