import type { Readable, Writable } from 'node:stream';
import { deleteContainer } from '../../container/delete/index.js';
import type { ContainerReference } from '../../container/options.js';
import { abortedError, onAbort } from '../aborting.js';
import { checked } from '../arguments/checked.js';
import { optionsOf } from '../arguments/options_of.js';
import { deleteShape } from '../arguments/shapes.js';
import { openSignalOf } from '../arguments/signal_of.js';
import type { Exit } from '../exit.js';
import { untilAborted } from '../interruption.js';
import type { OutputLog } from '../logs/output_log.js';
import type { DeleteContainer, WaitRequest } from '../requests.js';
import { runInContainer, type RunInContainerRequest } from '../run.js';
import { destroyUnread } from '../stdio.js';
import type { RunResult } from '../to_end.js';
import { poststopWarner, type Warn } from '../warn.js';
import type { WatchedProcess } from '../watched_process.js';
import { ContainerFiles } from './files.js';
import { execute, type ExecProcess, type ExecRequest } from './exec_process.js';
import { openWatched } from './open_watched.js';
import type { Terminal } from './terminal/terminal.js';

interface ContainerParts {
  readonly reference: ContainerReference;
  readonly pid: number;
  /** null if another program is, or was, the parent. */
  readonly process: WatchedProcess | null;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly log?: OutputLog | null;
  readonly terminal?: Terminal | null;
  readonly warn: Warn;
  readonly signal?: AbortSignal | null;
  /** Of the runtime, for a checkpoint. Default: none. */
  readonly allowAnnotations?: readonly string[];
  readonly onRemoved?: () => void;
}

/**
 * One container. {@link Runtime.create} and {@link Runtime.get} return it.
 *
 * Each call reads the container's state from the system, so two objects of the same container agree, also in two programs. An object stands
 * for the container it was made for: a later one with the same id is another container, and calls then fail with `not-found`.
 *
 * @example
 * ```ts
 * import { Runtime } from '@tsrun/runtime';
 *
 * const runtime = new Runtime();
 * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
 * await container.start();
 * console.log(container.state().status); // prints running
 * await container.kill('SIGTERM');
 * console.log(await container.wait()); // prints { code: 0, signal: null }
 * ```
 */
export class Container extends ContainerFiles implements AsyncDisposable {
  /** Process id of the container's init on the host; 0 if it had already ended when this object was made. */
  readonly pid: number;
  /** The standard input, if it was requested as a pipe; otherwise null. */
  readonly stdin: Writable | null;
  /** The standard output, if it was requested as a pipe; otherwise null. */
  readonly stdout: Readable | null;
  /** The standard error, if it was requested as a pipe; otherwise null. */
  readonly stderr: Readable | null;
  /** Our side of its terminal, if this program requested one; otherwise null. */
  readonly terminal: Terminal | null;
  /** Those of its processes, too, that are open. */
  readonly #terminals = new Set<Terminal>();
  readonly #endSignal: () => void;
  readonly #log: OutputLog | null;
  readonly #onRemoved: () => void;
  #isReferenced = true;
  #process: WatchedProcess | null;
  /** The removal that an abort started. */
  #aborting: Promise<void> | undefined;

  /** @internal */
  constructor({
    reference,
    pid,
    process,
    stdin,
    stdout,
    stderr,
    log = null,
    terminal = null,
    warn,
    signal = null,
    allowAnnotations = [],
    onRemoved = () => undefined,
  }: ContainerParts) {
    super({ reference, warn, allowAnnotations, signal });
    this.pid = pid;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    this.terminal = terminal;
    this.#process = process;
    this.#log = log;
    this.#onRemoved = onRemoved;
    this.#endSignal = signal === null ? () => undefined : onAbort(signal, this.#abort);
    process?.onExit(() => {
      stdin?.destroy();
      terminal?.discardInput();
      void log?.settle();
    });
    this.#keep(terminal);
  }

  /**
   * Executes another process in the container. Resolves when its program runs.
   *
   * @param args - The program and its arguments. A program without a slash is looked up in the `PATH` of the process's environment.
   * @param request - How the process differs from the configured one, its standard streams, and an abort signal.
   * @returns The process. It ends with its container. A capability that cannot be given is left out, with a {@link Warning}.
   * @throws {@link RuntimeError} `usage` if an argument has the wrong type; `invalid-config` if config.json would not allow a value;
   * `not-running` if the container has stopped; `wrong-state` if it is paused and `ignorePaused` is not set; `executable` if the program
   * cannot be executed; `setup` if an operation in the container fails; `not-found` if the container was deleted; `aborted` if the signal
   * aborted: nothing of the process is left.
   *
   * @example
   * ```ts
   * import { text } from 'node:stream/consumers';
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * const process = await container.exec(['echo', 'hello'], { stdio: ['ignore', 'pipe', 'inherit'] });
   * if (process.stdout !== null) console.log((await text(process.stdout)).trim()); // prints hello
   * console.log(await process.wait()); // prints { code: 0, signal: null }
   * ```
   */
  async exec(args: readonly string[], request: ExecRequest = {}): Promise<ExecProcess> {
    const process = await execute({ reference: this.reference, args, request, warn: this.warn });
    this.#keep(process.terminal);
    return process;
  }

  /**
   * Executes another process in the container, waits for its end, and collects its output unless `stdio` says otherwise.
   *
   * @param args - As for {@link Container.exec}.
   * @param request - As for {@link Container.exec}, with time and size limits.
   * @returns How the process ended and what it wrote. A program that fails is not an error: check `code` and `signal`.
   * @throws {@link RuntimeError} What {@link Container.exec} throws; `timeout` or `output-limit` if the process was killed because it ran
   * for too long or wrote too much, with what it wrote as `output`; `aborted` if the signal aborted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * const { code, stdout } = await container.run(['cat'], { input: 'hello', timeout: 5000 });
   * console.log(code, stdout); // prints 0 hello
   * ```
   */
  async run(args: readonly string[], request: RunInContainerRequest & { readonly encoding: 'buffer' }): Promise<RunResult<Uint8Array>>;
  async run(args: readonly string[], request?: RunInContainerRequest): Promise<RunResult>;
  async run(args: readonly string[], request: RunInContainerRequest = {}): Promise<RunResult<string | Uint8Array>> {
    return await runInContainer(this, args, request);
  }

  /**
   * Waits until the container's init ends. It may be called any number of times, also after the end. While a call waits, it keeps the
   * Node.js process alive.
   *
   * @param request - An AbortSignal that ends the wait.
   * @returns The exit code or the signal. Only the program that created the container can know them; in any other program both are null.
   * @throws {@link RuntimeError} `aborted` if the AbortSignal given to {@link Runtime.create} ended the container, or the one given here
   * ended the wait; `not-found` if the container of another program was deleted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'hello', bundle: './hello', stdio: 'ignore' });
   * await container.start();
   * console.log((await container.wait()).code); // prints 0
   * ```
   */
  async wait(request: WaitRequest = {}): Promise<Exit> {
    const signal = openSignalOf('wait', request);
    this.#process ??= openWatched(this.reference);
    if (!this.#isReferenced) this.#process?.unref();
    const exit = this.#process === null ? { code: null, signal: null } : await this.#process.exit(signal);
    await this.#log?.settle();
    if (this.signal !== null && this.#aborting !== undefined) {
      await this.#aborting;
      throw abortedError(this.signal);
    }
    return exit;
  }

  /**
   * Lets a call of {@link Container.wait} keep the Node.js process alive again, as it does by default.
   * @throws Nothing.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'hello', bundle: './hello', stdio: 'ignore' });
   * console.log(container.unref().ref() === container); // prints true
   * ```
   */
  ref(): this {
    this.#isReferenced = true;
    this.#process?.ref();
    this.#log?.ref();
    return this;
  }

  /**
   * A call of {@link Container.wait} no longer keeps the Node.js process alive. Streams have an `unref()` of their own.
   * @throws Nothing.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'hello', bundle: './hello', stdio: 'ignore' });
   * console.log(container.unref() === container); // prints true
   * ```
   */
  unref(): this {
    this.#isReferenced = false;
    this.#process?.unref();
    this.#log?.unref();
    return this;
  }

  /**
   * Removes the container with its processes, cgroup and record. Unread output is lost, except that of a terminal. A failing poststop hook
   * does not fail the removal: it becomes a warning ({@link RuntimeOptions.onWarning}) with the code `TSRUN_POSTSTOP_HOOK`.
   *
   * @param options - With `force`, a running or paused container is killed first, and a damaged or absent one is accepted. An abort signal.
   * @throws {@link RuntimeError} `usage` if `force` is not a boolean; `wrong-state` if the container runs and `force` is not set;
   * `not-found` if it does not exist, or `state-damaged` if its record cannot be read, and `force` is not set; `setup` if something cannot
   * be removed, such as a cgroup that holds processes from outside the container; `aborted` if the signal aborted before its process had
   * ended. It can then be deleted again. Later an abort ends only the poststop hook that runs, which is a failing hook then.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * const container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * await container.delete({ force: true });
   * console.log(runtime.list().length); // prints 0
   * ```
   */
  async delete(options: DeleteContainer = {}): Promise<void> {
    const { signal, ...data } = optionsOf('delete', options);
    const { force = false } = checked({ method: 'delete', value: data, shape: deleteShape });
    const work = (): ReturnType<typeof deleteContainer> => deleteContainer({ ...this.reference, force });
    for (const failure of await untilAborted(work, signal)) poststopWarner(this.warn)(failure);
    await this.removed();
  }

  /** @internal */
  protected override async removed(): Promise<void> {
    this.#endSignal();
    this.#onRemoved();
    // The init has ended; taking its status leaves no zombie.
    await this.#process?.exit();
    await this.#log?.settle();
    for (const stream of [this.stdout, this.stderr]) if (stream !== null) destroyUnread(stream);
    for (const terminal of this.#terminals) terminal.drain();
  }

  /**
   * `await using container = ...` kills and removes the container at the end of the block, as {@link Container.delete} with `force` does.
   *
   * @throws {@link RuntimeError} As {@link Container.delete}.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete({ force: true });
  }

  #keep(terminal: Terminal | null): void {
    if (terminal === null) return;
    this.#terminals.add(terminal);
    terminal.once('close', () => this.#terminals.delete(terminal));
  }

  readonly #abort = (): void => {
    this.#aborting = this.delete({ force: true });
    // wait() throws it. If nobody waits, it must not end the program as an unhandled rejection.
    this.#aborting.catch(() => undefined);
  };
}
