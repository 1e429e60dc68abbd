import { findContainer } from '../../container/state/find.js';
import { prune } from '../../container/leftovers/prune.js';
import type { ContainerReference, ContainerState } from '../../container/options.js';
import { stateOf } from '../../container/state/index.js';
import { listContainers } from '../../container/state/list.js';
import type { RuntimeError } from '../../errors/runtime_error.js';
import { checkContainerId } from '../../state/id.js';
import { throwIfAborted } from '../aborting.js';
import { checked } from '../arguments/checked.js';
import { optionsOf } from '../arguments/options_of.js';
import { pruneShape } from '../arguments/shapes.js';
import { Container } from '../container/container.js';
import { untilAborted } from '../interruption.js';
import { sharedCache } from '../process_cache.js';
import type { DeleteContainer, PruneContainers } from '../requests.js';
import type { CheckedOptions } from './options.js';
import { poststopWarner, type Warn } from '../warn.js';

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

/** All containers below a state root, including those of other programs. */
export abstract class StateRoot {
  /** The directory for container state, as an absolute path. */
  readonly root: string;
  /** @internal */
  protected readonly warn: Warn;
  /** @internal */
  protected readonly allowAnnotations: readonly string[];
  /** @internal */
  protected readonly cache = sharedCache();

  /** @internal */
  protected constructor({ root, warn, allowAnnotations }: Pick<CheckedOptions, 'root' | 'warn' | 'allowAnnotations'>) {
    this.root = root;
    this.warn = warn;
    this.allowAnnotations = allowAnnotations;
  }

  /** @internal */
  protected reference(id: string): ContainerReference {
    return { root: this.root, id, records: this.cache.records };
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
    const reference = findContainer(this.reference(id));
    return new Container({
      warn: this.warn,
      allowAnnotations: this.allowAnnotations,
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
   * Also an abort signal.
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
    const reference = this.reference(id);
    await new Container({ warn: this.warn, reference, pid: 0, process: null, stdin: null, stdout: null, stderr: null }).delete(options);
  }

  /**
   * Removes what interrupted creations have left below the root, for instance those of a program that was killed. Continues after a
   * failure.
   *
   * @param options - With `stopped`, also containers whose process has ended; an abort signal. A failing poststop hook becomes a warning,
   * as for {@link Container.delete}.
   * @returns The ids of what was removed, sorted.
   * @throws {@link RuntimeError} `usage` if `stopped` is not a boolean; `setup` if something cannot be removed; `aborted` if the signal
   * aborted: what was not removed by then stays.
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
    const { signal, ...data } = optionsOf('prune', options);
    const { stopped = false } = checked({ method: 'prune', value: data, shape: pruneShape });
    let isIncomplete = false;
    const hasToEnd = (): boolean => signal?.aborted === true && (isIncomplete = true);
    const removed = await untilAborted(() => prune({ root: this.root, stopped, warn: poststopWarner(this.warn), hasToEnd }), signal);
    if (isIncomplete) throwIfAborted(signal);
    return removed;
  }

  /**
   * Lists all containers below the root.
   *
   * @returns Their states, sorted by id. An entry with the status `damaged` is a container whose state cannot be read, or what an
   * interrupted creation left; {@link Runtime.delete} with `force` removes it.
   * @throws {@link RuntimeError} `setup` or `permission` if the machine fails, for example because no descriptors are left: a list with
   * gaps would be worse than none.
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
      records: this.cache.records,
      warn: (error, id) => damaged.push({ id, status: 'damaged', error }),
    });
    if (damaged.length === 0) return states;
    return [...states, ...damaged].sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}
