import type { ContainerEvent } from '../../container/events/index.js';
import { reachedLimitsOf } from '../../container/events/reached.js';
import { statsOf, type ContainerStats } from '../../container/events/stats.js';
import type { ContainerReference, ContainerState } from '../../container/options.js';
import { processesOf } from '../../container/ps.js';
import { stateOf } from '../../container/state/index.js';
import type { ReachedLimit } from '../../errors/reached_limit.js';
import { signalOf } from '../arguments/signal_of.js';
import { untilAborted } from '../interruption.js';
import type { AbortOptions, EventsRequest } from '../requests.js';
import { eventsFor } from './events.js';

/** What a program can read of a container by its id alone, also of one that another program created. */
export abstract class ContainerFacts {
  /** Its id, unique below the runtime's root. */
  readonly id: string;
  /** @internal */
  protected readonly reference: ContainerReference;

  /** @internal */
  protected constructor(reference: ContainerReference) {
    this.id = reference.id;
    this.reference = reference;
  }

  /**
   * Reads the state that `tsrun state` prints.
   *
   * @returns The state of the runtime specification, with runc's additions.
   * @throws {@link RuntimeError} `not-found` if the container was deleted; `state-damaged` if its record cannot be read.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * console.log(container.state().status); // prints created
   * ```
   */
  state(): ContainerState {
    return stateOf(this.reference);
  }

  /**
   * Lists the container's processes, as `tsrun ps --format json` does: those in its cgroup and in the cgroups below it, or only its init if
   * it has no cgroup.
   *
   * @param options - An abort signal.
   * @returns Their process ids on the host.
   * @throws {@link RuntimeError} `not-running` if the container has no cgroup and has stopped; `not-found` if it was deleted; `aborted` if
   * the signal aborted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * console.log((await container.processes()).includes(container.pid)); // prints true
   * ```
   */
  async processes(options: AbortOptions = {}): Promise<readonly number[]> {
    return untilAborted(async () => processesOf(this.reference), signalOf('processes', options));
  }

  /**
   * Reads what the kernel counts of the created, running or paused container: processor time, memory, processes, input and output.
   *
   * @param options - An abort signal.
   * @returns The statistics, as `tsrun events --stats` prints them. What the host has no controller for is absent.
   * @throws {@link RuntimeError} `not-running` if the container has stopped; `unsupported` if it has no cgroup, or something else removed
   * it; `not-found` if the container was deleted; `setup` if a file cannot be read; `aborted` if the signal aborted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * const { cpu } = await container.stats();
   * console.log(cpu.usage.total > 0); // prints true
   * ```
   */
  async stats(options: AbortOptions = {}): Promise<ContainerStats> {
    return untilAborted(async () => statsOf(this.reference), signalOf('stats', options));
  }

  /**
   * Reads which limits the container's processes have reached so far, also after its end: of memory, if the kernel has killed processes
   * because of it, and of processes, if it has refused to make more. Other limits are errors that a program itself gets: a full `/tmp` is
   * ENOSPC, too many open files are EMFILE.
   *
   * @param options - An abort signal.
   * @returns One entry for each such limit; none without a cgroup, and none after the end of a container whose cgroup systemd has removed
   * (`systemdCgroup`). Before Linux 6.11, forks that fail in cgroups which the container has made itself are not counted.
   * @throws {@link RuntimeError} `not-found` if the container was deleted; `setup` if a file cannot be read; `aborted` if the signal
   * aborted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'hello', bundle: './hello', stdio: 'ignore' });
   * await container.start();
   * await container.wait();
   * const reached = await container.reachedLimits();
   * console.log(reached.map(({ message }) => message)); // prints []
   * ```
   */
  async reachedLimits(options: AbortOptions = {}): Promise<readonly ReachedLimit[]> {
    return untilAborted(async () => reachedLimitsOf(this.reference), signalOf('reachedLimits', options));
  }

  /**
   * Events of the created, running or paused container, until it ends: `stats` at each interval, and `oom` for each process that the kernel
   * has killed because memory was short, which needs the memory controller of cgroup v2. Nothing is read before it is asked for: a slow
   * reader gets statistics more rarely, and each `oom`. While a reader waits, it keeps the Node.js process alive.
   *
   * @param request - The interval, and an abort signal.
   * @returns An iterator, which the end of `for await` closes.
   * @throws {@link RuntimeError} `usage` if an argument has the wrong type; `aborted` if the signal aborts. When it is read: as
   * {@link Container.stats}.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * for await (const event of container.events({ interval: 100 })) {
   *   console.log(event.type); // prints stats
   *   break;
   * }
   * ```
   */
  events(request: EventsRequest = {}): AsyncGenerator<ContainerEvent, void, undefined> {
    return eventsFor(this.reference, request);
  }
}
