import { randomUUID } from 'node:crypto';
import { createContainer } from '../container/create/index.js';
import { deleteContainer } from '../container/delete.js';
import { findContainer } from '../container/find.js';
import { listContainers } from '../container/state/list.js';
import { stateOf } from '../container/state/index.js';
import type { ContainerReference, ContainerState } from '../container/options.js';
import { prune } from '../container/leftovers/prune.js';
import { openSlots } from '../container/warm/prewarm.js';
import { cleanUp } from '../errors/clean_up.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys } from '../sys/call.js';
import { checkContainerId } from '../state/id.js';
import { defaultRoot } from '../state/root/default.js';
import { abortedError, throwIfAborted } from './aborting.js';
import { checked } from './arguments/checked.js';
import { Container } from './container.js';
import type { CreateRequest, DeleteContainer, PrewarmRequest, PruneContainers, RuntimeOptions } from './requests.js';
import { runToEnd, type RunRequest } from './run.js';
import type { RunResult } from './to_end.js';
import { createShape, prewarmShape, pruneShape, runtimeShape } from './arguments/shapes.js';
import { openStdio } from './stdio.js';
import { WarmPool } from './pools/warm_pool.js';
import { Pools } from './pools/pools.js';
import { sharedCache } from './process_cache.js';
import { emitWarning, poststopWarner, warner, type Warn } from './warn.js';
import { WatchedProcess } from './watched_process.js';

/**
 * An entry of {@link Runtime.list} whose state cannot be read: the record is damaged, was written by an incompatible release, or belongs to
 * another user.
 */
export interface DamagedContainer {
  /** Its id; {@link Runtime.get} fails with the same error, {@link Runtime.delete} with `force` removes it. */
  readonly id: string;
  /** Tells it from a {@link ContainerState}, which never has this status. */
  readonly status: 'damaged';
  /** Why its state cannot be read, for instance with the code `state-damaged`. */
  readonly error: RuntimeError;
}

/** A slot costs a process and a network namespace: about 100 KB of kernel memory. */
const mostSlots = 1000;

/**
 * Creates containers and finds existing ones below one state root. There is no daemon: the containers are also visible to the command
 * `tsrun` and to other programs that use the same
 * root.
 *
 * @example
 * ```ts
 * import { Runtime } from '@tsrun/runtime';
 *
 * const runtime = new Runtime();
 * const { code, stdout } = await runtime.run({ bundle: './hello' });
 * console.log(code, stdout.trim()); // prints 0 hello world
 * ```
 */
export class Runtime implements AsyncDisposable {
  /** The directory for container state, as an absolute path. */
  readonly root: string;
  readonly #allowAnnotations: readonly string[];
  readonly #warn: Warn;
  readonly #cache = sharedCache();
  readonly #pools = new Pools();
  #isClosed = false;

  /**
   * Makes nothing yet: the state root is created with the first container.
   *
   * @param options - The state root and the allowed annotations.
   * @throws {@link RuntimeError} `usage` if an option has the wrong type or `root` is empty; `permission` if `XDG_RUNTIME_DIR` of a user who
   * is not root is not that user's own directory.
   */
  constructor(options: RuntimeOptions = {}) {
    const { onWarning = emitWarning, ...data } = options;
    const { root = defaultRoot(), allowAnnotations = [] } = checked({ method: 'Runtime', value: data, shape: runtimeShape });
    if (typeof onWarning !== 'function') {
      throw new RuntimeError('Runtime: "onWarning" must be a function', { code: 'usage', phase: 'command', path: 'onWarning' });
    }
    this.#warn = onWarning;
    if (root === '') throw new RuntimeError('Runtime: "root" must not be empty', { code: 'usage', phase: 'command' });
    this.#allowAnnotations = allowAnnotations;
    this.root = root.startsWith('/') ? root : `${sys().workingDirectory()}/${root}`;
  }

  /** The pool that was made last, of those that are open; null if none is. */
  get pool(): WarmPool | null {
    return this.#pools.last;
  }

  /**
   * Keeps warm slots ready: processes that wait in new namespaces and a cgroup of their own. {@link Runtime.create} uses one that fits,
   * which takes less than half of the time; otherwise
   * it creates the container from the beginning. Resolves when all slots are ready. Pools for
   * several bundles, or several for one, can be open at once; each is the caller's to close.
   *
   * @param request - How many slots, and for which bundle.
   * @returns The pool. It ends with {@link WarmPool.close}, {@link Runtime.close} and this program.
   * @throws {@link RuntimeError} `usage` if an argument has the wrong type or `count` is not an integer from 1 to 1000; `unsupported` if
   * containers of the bundle could not use a slot; what
   * {@link Runtime.create} throws if a slot cannot be made. There is no pool then.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using pool = await runtime.prewarm({ count: 2, bundle: './hello' });
   * await runtime.run({ bundle: './hello' });
   * console.log(pool.warm, pool.cold); // prints 1 0
   * ```
   */
  async prewarm({ count, ...request }: PrewarmRequest): Promise<WarmPool> {
    if (!Number.isInteger(count) || count < 1 || count > mostSlots) {
      throw new RuntimeError(`prewarm: the count must be an integer from 1 to ${mostSlots}, found ${count}`, {
        code: 'usage',
        phase: 'command',
      });
    }
    this.#refuseIfClosed('prewarm');
    const { bundle, ...rest } = checked({ method: 'prewarm', value: request, shape: prewarmShape });
    const template = bundle === undefined ? null : { ...rest, bundle, allowAnnotations: this.#allowAnnotations };
    const maker = await openSlots({ root: this.root, name: `${process.pid}-${randomUUID().slice(0, 8)}`, template, cache: this.#cache });
    const pool = new WarmPool({ size: count, maker });
    try {
      await pool.fill();
    } catch (error) {
      throw await cleanUp(error, [() => pool.close()]);
    }
    // The runtime may have been closed meanwhile.
    if (this.#isClosed) await pool.close();
    else this.#pools.add(pool);
    return pool;
  }

  #reference(id: string): ContainerReference {
    return { root: this.root, id, records: this.#cache.records };
  }

  /**
   * Closes the pools. Containers go on, and can be reached through another runtime with the same root; this one creates no more.
   *
   * @throws Nothing: see {@link WarmPool.close}.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await runtime.prewarm({ count: 1, bundle: './hello' });
   * await runtime.close();
   * console.log(runtime.pool); // prints null
   * ```
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pools.close();
  }

  /** `await using runtime = ...` closes it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refuseIfClosed(method: string): void {
    if (this.#isClosed) throw new RuntimeError(`${method}: the runtime is closed`, { code: 'usage', phase: 'command', operation: method });
  }

  /**
   * Creates a container, whose process then waits for {@link Container.start}. The container's init is a child of this program.
   *
   * @param request - The id, the bundle and the standard streams.
   * @returns The created container. What is configured but cannot be done, such as a capability that the kernel does not know, is left out,
   * with a warning ({@link RuntimeOptions.onWarning}).
   * @throws {@link RuntimeError} `usage` or `invalid-id` if an argument is wrong; `id-in-use` if the id is taken; `bundle` if the bundle
   * cannot be read; `invalid-config` or `unsupported` if
   * its config.json is refused; `controller-missing` if a limit has no controller; `permission` without root's rights; `hook` if a hook
   * fails; `setup` if an operation fails; `aborted` if
   * the signal aborted. Nothing of the container is left then.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'hello', bundle: './hello', stdio: ['ignore', 'inherit', 'inherit'] });
   * await container.start(); // prints hello world
   * await container.wait();
   * ```
   */
  async create(request: CreateRequest): Promise<Container> {
    const { stdio = 'inherit', signal, id, preserveFds: _, listenFds: __, ...data } = request;
    this.#refuseIfClosed('create');
    throwIfAborted(signal);
    checkContainerId(id);
    const rest = checked({ method: 'create', value: data, shape: createShape });
    const named = this.#reference(id);
    const opened = openStdio(stdio, request);
    let watched: WatchedProcess;
    let init: NonNullable<ContainerReference['init']>;
    try {
      const created = await createContainer({
        ...rest,
        ...named,
        until: 'created',
        allowAnnotations: this.#allowAnnotations,
        streams: opened.streams,
        given: opened.given,
        warn: warner(this.#warn),
        cache: this.#cache,
        ...(this.#pools.last === null ? {} : { slots: this.#pools.source }),
      });
      const { pid, startTime, pidfd } = created;
      watched = new WatchedProcess(pidfd);
      init = { pid, startTime, hasEnded: () => watched.hasEnded() };
    } catch (error) {
      opened.abandon();
      throw error;
    }
    opened.handOver();
    if (signal?.aborted === true) {
      opened.abandon();
      throw await cleanUp(abortedError(signal), [() => deleteContainer({ ...named, force: true }), () => watched.exit()]);
    }
    const { stdin, stdout, stderr } = opened;
    return new Container({
      warn: this.#warn,
      reference: { ...named, init },
      pid: init.pid,
      process: watched,
      stdin,
      stdout,
      stderr,
      signal: signal ?? null,
    });
  }

  /**
   * Creates and starts a container, waits for its end, and deletes it, also after a failure.
   *
   * @param request - The bundle, and what differs from the defaults: a random id, no standard input, collected output.
   * @returns How the container ended and what it wrote. A program that fails is not an error: check `code` and `signal`.
   * @throws {@link RuntimeError} What {@link Runtime.create} and {@link Container.start} throw; `usage` if `input` is given without a pipe
   * for it; `timeout` or `output-limit` if the program was killed because it ran for too long or wrote too much, with what it wrote as
   * `output`; `aborted` if the signal aborted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * const { stdout } = await runtime.run({ bundle: './hello', input: 'reader\n', timeout: 10_000 });
   * console.log(stdout.trim()); // prints hello reader
   * ```
   */
  async run(request: RunRequest & { readonly encoding: 'buffer' }): Promise<RunResult<Uint8Array>>;
  async run(request: RunRequest): Promise<RunResult>;
  async run(request: RunRequest): Promise<RunResult<string | Uint8Array>> {
    return await runToEnd(this, request);
  }

  /**
   * Finds an existing container. Another program may have created it.
   *
   * @param id - The container's id.
   * @returns The container that has this id now; a later one with the same id is another container.
   * @throws {@link RuntimeError} `invalid-id` if no container can have this id; `not-found` if none has it; `state-damaged` if its record
   * cannot be read.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * console.log(runtime.get('service').pid === container.pid); // prints true
   * ```
   */
  get(id: string): Container {
    checkContainerId(id);
    const reference = findContainer(this.#reference(id));
    return new Container({
      warn: this.#warn,
      reference,
      pid: stateOf(reference).pid,
      process: null,
      stdin: null,
      stdout: null,
      stderr: null,
    });
  }

  /**
   * Removes a container by its id, as {@link Container.delete} does. With `force`, also one whose state cannot be read, so that there is no
   * {@link Container} of it: its processes and cgroup are those that were recorded before they were made.
   *
   * @param id - The container's id.
   * @param options - With `force`, a running or paused container is killed first, and one that is damaged or does not exist is accepted.
   * @throws {@link RuntimeError} `invalid-id` if no container can have this id; otherwise as {@link Container.delete}.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * for (const { id, status } of runtime.list()) if (status === 'damaged') await runtime.delete(id, { force: true });
   * console.log(runtime.list().length); // prints 0
   * ```
   */
  async delete(id: string, options: DeleteContainer = {}): Promise<void> {
    const reference = this.#reference(id);
    await new Container({ warn: this.#warn, reference, pid: 0, process: null, stdin: null, stdout: null, stderr: null }).delete(options);
  }

  /**
   * Removes what interrupted creations have left below the root, for instance those of a program that was killed. Goes on after a failure.
   *
   * @param options - With `stopped`, also containers whose process has ended. A failing poststop hook becomes a warning, as for
   * {@link Container.delete}.
   * @returns The ids of what was removed, sorted.
   * @throws {@link RuntimeError} `usage` if `stopped` is not a boolean; `setup` if something cannot be removed.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * const container = await runtime.create({ id: 'hello', bundle: './hello', stdio: 'ignore' });
   * await container.start();
   * await container.wait();
   * console.log(await runtime.prune({ stopped: true })); // prints [ 'hello' ]
   * ```
   */
  async prune(options: PruneContainers = {}): Promise<readonly string[]> {
    const { stopped = false } = checked({ method: 'prune', value: options, shape: pruneShape });
    return await prune({ root: this.root, stopped, warn: poststopWarner(this.#warn) });
  }

  /**
   * Lists all containers below the root.
   *
   * @returns Their states, sorted by id. An entry with the status `damaged` is a container whose state cannot be read, or what an interrupted
   * creation left;
   * {@link Runtime.delete} with `force` removes it.
   * @throws {@link RuntimeError} `setup` or `permission` if the machine fails, for example because no descriptors are left: a list with gaps would
   * be worse than none.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * for (const { id, status } of runtime.list()) console.log(id, status); // prints service created
   * ```
   */
  list(): readonly (ContainerState | DamagedContainer)[] {
    const damaged: DamagedContainer[] = [];
    const states = listContainers({
      root: this.root,
      records: this.#cache.records,
      warn: (error, id) => damaged.push({ id, status: 'damaged', error }),
    });
    if (damaged.length === 0) return states;
    return [...states, ...damaged].sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}
