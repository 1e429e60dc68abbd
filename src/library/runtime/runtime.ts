import { randomUUID } from 'node:crypto';
import { openSlots } from '../../container/warm/prewarm.js';
import { cleanUp } from '../../errors/clean_up.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { show } from '../../spec/problem.js';
import { throwIfAborted } from '../aborting.js';
import { optionsOf } from '../arguments/options_of.js';
import { prewarmShape } from '../arguments/shapes.js';
import { sourceOf, withAbsolutePaths } from '../bundle/source.js';
import type { Container } from '../container/container.js';
import { Pools } from '../pools/pools.js';
import { untilAborted } from '../interruption.js';
import { exitWatch, type ExitWatch } from '../exit_watch/watch.js';
import { WarmPool } from '../pools/warm_pool.js';
import type { CreateRequest, PrewarmRequest, RestoreRequest, RuntimeOptions } from '../requests.js';
import { runToEnd, type RunRequest } from '../run.js';
import type { RunResult } from '../to_end.js';
import type { Maker } from './child.js';
import { createChild } from './create.js';
import { checkedOptions } from './options.js';
import { restoreChild } from './restore.js';
import { Inspection } from './inspection.js';

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
export class Runtime extends Inspection implements AsyncDisposable {
  readonly #systemdCgroup: boolean;
  readonly #exitWatch: ExitWatch | null;
  readonly #pools = new Pools();
  #isClosed = false;

  /**
   * Makes nothing yet: the state root is created with the first container.
   *
   * @param options - The state root, the allowed annotations, and who makes cgroups.
   * @throws {@link RuntimeError} `usage` if an option has the wrong type or `root` is empty; `permission` if `XDG_RUNTIME_DIR` of a user
   * who is not root is not that user's own directory.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime({ root: './state' });
   * console.log(runtime.list()); // prints []
   * ```
   */
  constructor(options: RuntimeOptions = {}) {
    const { root, allowAnnotations, systemdCgroup, killOnExit, warn } = checkedOptions(options);
    super({ root, warn, allowAnnotations });
    this.#systemdCgroup = systemdCgroup;
    this.#exitWatch = killOnExit ? exitWatch() : null;
  }

  /** The pool that was made last, of those that are open; null if none is. */
  get pool(): WarmPool | null {
    return this.#pools.last;
  }

  /**
   * Keeps warm slots ready: processes that wait in new namespaces and a cgroup of their own. {@link Runtime.create} uses one that fits,
   * and otherwise creates the container from the beginning. A slot saves time where the program has pauses, in which slots are made. A
   * program that creates without a pause creates most of its containers from the beginning, in the time that this takes without a pool.
   * Resolves when all slots are ready. Pools for several bundles, or several for one, can be open at once; each is the caller's to close.
   *
   * @param request - How many slots, for which bundle, and an abort signal.
   * @returns The pool. It ends with {@link WarmPool.close}, {@link Runtime.close} and this program.
   * @throws {@link RuntimeError} `usage` if an argument has the wrong type or `count` is not an integer from 1 to 1000; `unsupported` if
   * containers of the bundle, with `systemdCgroup`, or of a user who is not root could not use a slot; what
   * {@link Runtime.create} throws if a slot cannot be made; `aborted` if the signal aborted before all were ready. There is no pool then.
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
  async prewarm(request: PrewarmRequest): Promise<WarmPool> {
    const { count, signal, max: most, ...from } = optionsOf('prewarm', request);
    if (!Number.isInteger(count) || count < 1 || count > mostSlots) {
      throw new RuntimeError(`prewarm: the count must be an integer from 1 to ${mostSlots}, found ${show(count)}`, {
        code: 'usage',
        phase: 'command',
      });
    }
    const max = most ?? Math.min(count * 2, mostSlots);
    if (!Number.isInteger(max) || max < count || max > mostSlots) {
      throw new RuntimeError(`prewarm: "max" must be an integer from ${count}, the count, to ${mostSlots}, found ${show(max)}`, {
        code: 'usage',
        phase: 'command',
        operation: 'prewarm',
        path: 'max',
      });
    }
    throwIfAborted(signal);
    this.#refuseIfClosed('prewarm');
    if (this.#systemdCgroup) {
      throw new RuntimeError('prewarm: warm slots do not go together with "systemdCgroup"', {
        code: 'unsupported',
        phase: 'command',
        operation: 'prewarm',
        hint: 'systemd moves processes, and a slot has its cgroup already: use another Runtime without it',
      });
    }
    const { bundle, ...rest } = sourceOf({ method: 'prewarm', request: from, shape: prewarmShape });
    // It is read again for each slot, and the program may change its working directory.
    const template = bundle === undefined ? null : { ...withAbsolutePaths({ ...rest, bundle }), allowAnnotations: this.allowAnnotations };
    const name = `${process.pid}-${randomUUID().slice(0, 8)}`;
    const maker = await untilAborted(() => openSlots({ root: this.root, name, template, cache: this.cache }), signal);
    const pool = new WarmPool({ size: count, max, maker, isCreating: () => this.cache.isCreating });
    try {
      await pool.fill(signal === undefined ? {} : { signal });
    } catch (error) {
      throw await cleanUp(error, [() => pool.close()]);
    }
    // The runtime may have been closed meanwhile.
    if (this.#isClosed) await pool.close();
    else this.#pools.add(pool);
    return pool;
  }

  /**
   * Closes the pools. Containers keep running, and can be reached through another runtime with the same root; this one creates no more.
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

  /**
   * `await using runtime = ...` closes it at the end of the block.
   *
   * @throws Nothing.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * await using runtime = new Runtime();
   * await runtime.prewarm({ count: 1, bundle: './hello' });
   * console.log(runtime.pool?.ready); // prints 1
   * ```
   */
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
    this.#refuseIfClosed('create');
    return await createChild({ ...this.#maker(), request, slots: this.#pools.last === null ? null : this.#pools.source });
  }

  /**
   * Restores a container from the image of a checkpoint ({@link Container.checkpoint}, `tsrun checkpoint`, or runc's). Resolves when it
   * runs. The container's init is a child of this program. Needs CRIU 3.16 or newer, and root.
   *
   * @param request - The new container's id, its bundle, which must fit the image, the image's directory and the standard streams.
   * @returns The running container.
   * @throws {@link RuntimeError} What {@link Runtime.create} throws; `unsupported` without a CRIU that can do it, or if the image and the
   * request do not agree about an overlay; `setup` if the directory for its upper layer is not empty, or if CRIU fails, with its last error
   * and the path of its log. Nothing of the container is left then.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * const container = await runtime.create({ id: 'first', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * await container.checkpoint({ imagePath: './image' });
   * await using second = await runtime.restore({ id: 'second', bundle: './service', imagePath: './image', stdio: 'ignore' });
   * console.log(second.state().status); // prints running
   * ```
   */
  async restore(request: RestoreRequest): Promise<Container> {
    this.#refuseIfClosed('restore');
    return await restoreChild({ ...this.#maker(), request });
  }

  #maker(): Maker {
    const { root, allowAnnotations, warn, cache } = this;
    return { root, allowAnnotations, systemdCgroup: this.#systemdCgroup, exitWatch: this.#exitWatch, warn, cache };
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
}
