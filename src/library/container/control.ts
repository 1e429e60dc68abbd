import { killContainer } from '../../container/kill.js';
import type { ContainerReference } from '../../container/options.js';
import { pauseContainer, resumeContainer } from '../../container/pause.js';
import { startContainer } from '../../container/start.js';
import { updateContainer } from '../../container/update/index.js';
import { resourcesShape } from '../../spec/shapes/resources.js';
import type { Resources } from '../../spec/types.js';
import { checked } from '../arguments/checked.js';
import { checkpointShape } from '../arguments/shapes.js';
import { signalNumber } from '../arguments/signal_number.js';
import type { CheckpointContainer, SignalTarget } from '../requests.js';
import { warner, type Warn } from '../warn.js';
import { ContainerFacts } from './facts.js';

interface ControlParts {
  readonly reference: ContainerReference;
  readonly warn: Warn;
  /** Of the runtime, for a checkpoint. */
  readonly allowAnnotations: readonly string[];
}

/** What a program can do to a container by its id alone, also to one that another program created. */
export abstract class ContainerControl extends ContainerFacts {
  /** @internal */
  protected readonly warn: Warn;
  readonly #allowAnnotations: readonly string[];

  /** @internal */
  protected constructor({ reference, warn, allowAnnotations }: ControlParts) {
    super(reference);
    this.#allowAnnotations = allowAnnotations;
    this.warn = warn;
  }

  /**
   * Runs the startContainer hooks, then executes the configured process. Resolves when the program runs.
   *
   * @throws {@link RuntimeError} `wrong-state` if the container is not `created`; `executable` if the program cannot be executed; `hook` if
   * a hook fails; `setup` if dropping
   * privileges or loading the seccomp filter fails; `not-found` if the container was deleted. After `executable`, `hook` or `setup` the
   * container is stopped.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * console.log(container.state().status); // prints running
   * ```
   */
  async start(): Promise<void> {
    await startContainer(this.reference);
  }

  /**
   * Signals the container's init. Without a pid namespace of its own, SIGKILL goes to every process of the container's cgroup.
   *
   * @param signal - A number, or a name with or without `SIG`. Default: `SIGTERM`.
   * @param target - With `all`, every process of the container's cgroup is signalled.
   * @throws {@link RuntimeError} `usage` if the signal is unknown; `not-running` if the container has stopped; `not-found` if it was
   * deleted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * await container.kill('SIGKILL', { all: true });
   * console.log(await container.wait()); // prints { code: null, signal: 'SIGKILL' }
   * ```
   */
  async kill(signal: string | number = 'SIGTERM', target: SignalTarget = {}): Promise<void> {
    await killContainer({ ...this.reference, signalNumber: signalNumber(signal), all: target.all === true });
  }

  /**
   * Freezes every process of the container, by its cgroup. Resolves when all are frozen.
   *
   * @throws {@link RuntimeError} `not-running` if the container is neither created nor running; `unsupported` if it has no cgroup;
   * `not-found` if it was deleted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * await container.pause();
   * console.log(container.state().status); // prints paused
   * await container.resume();
   * console.log(container.state().status); // prints running
   * ```
   */
  async pause(): Promise<void> {
    await pauseContainer(this.reference);
  }

  /**
   * Thaws a paused container.
   *
   * @throws {@link RuntimeError} `wrong-state` if the container is not paused; `not-found` if it was deleted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * await container.pause();
   * await container.resume();
   * console.log(container.state().status); // prints running
   * ```
   */
  async resume(): Promise<void> {
    await resumeContainer(this.reference);
  }

  /**
   * Changes limits of the created, running or paused container, which the next update starts from. What is left out stays as it is, and so
   * does what is 0. If any of it fails, nothing is changed. What cgroup v2 does not have but may be ignored is a warning with the code
   * `TSRUN_WARNING`.
   *
   * @param resources - As `linux.resources` of config.json.
   * @throws {@link RuntimeError} `usage` if a value has the wrong type; `invalid-config` if config.json would not allow it; `not-running`
   * if the container has stopped; `controller-missing` or `unsupported` if this host cannot limit it; `setup` or `permission` if the kernel
   * refuses it; `not-found` if the container was deleted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * await container.update({ devices: [{ allow: false }] });
   * console.log(container.state().status); // prints running
   * ```
   */
  async update(resources: Resources): Promise<void> {
    await updateContainer({
      ...this.reference,
      resources: checked({ method: 'update', value: resources, shape: resourcesShape }),
      warn: warner(this.warn),
    });
  }

  /**
   * Saves the container's processes to an image with CRIU, for {@link Runtime.restore}, and removes the container, except with
   * `leaveRunning` and `preDump`. Needs CRIU 3.16 or newer, and root.
   *
   * @param options - The directory of the image, and what CRIU is allowed to save.
   * @throws {@link RuntimeError} `usage` if an option has the wrong type; `not-running` or `wrong-state` if the container is neither
   * running nor paused; `unsupported` without a CRIU that can do it, or if an upper layer in memory cannot be saved (decision 0044);
   * `setup` if CRIU fails, with its last error and the path of its log. The container keeps running then.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await container.start();
   * await container.checkpoint({ imagePath: './image', leaveRunning: true });
   * console.log(container.state().status); // prints running
   * ```
   */
  async checkpoint(options: CheckpointContainer): Promise<void> {
    const settings = checked({ method: 'checkpoint', value: options, shape: checkpointShape });
    const { checkpointContainer } = await import('../../container/checkpoint/index.js');
    await checkpointContainer({ ...settings, ...this.reference, allowAnnotations: this.#allowAnnotations, warn: warner(this.warn) });
    if (settings.leaveRunning !== true && settings.preDump !== true) await this.removed();
  }

  /**
   * Releases what this program holds of a container that has been removed: descriptors, streams, the zombie.
   *
   * @internal
   */
  protected abstract removed(): Promise<void>;
}
