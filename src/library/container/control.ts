import { killContainer } from '../../container/kill.js';
import type { ContainerReference } from '../../container/options.js';
import { pauseContainer, resumeContainer } from '../../container/pause.js';
import { startContainer } from '../../container/start.js';
import { updateContainer } from '../../container/update/index.js';
import { resourcesShape } from '../../spec/shapes/resources.js';
import type { Resources } from '../../spec/types.js';
import { checked } from '../arguments/checked.js';
import { optionsOf } from '../arguments/options_of.js';
import { checkpointShape, killShape } from '../arguments/shapes.js';
import { signalNumber } from '../arguments/signal_number.js';
import { signalOf } from '../arguments/signal_of.js';
import { untilAborted } from '../interruption.js';
import type { AbortOptions, CheckpointContainer, SignalTarget } from '../requests.js';
import { warner, type Warn } from '../warn.js';
import { ContainerFacts } from './facts.js';

interface ControlParts {
  readonly reference: ContainerReference;
  readonly warn: Warn;
  /** Of the runtime, for a checkpoint. */
  readonly allowAnnotations: readonly string[];
  /** Whose abort ends the container. */
  readonly signal: AbortSignal | null;
}

/** What a program can do to a container by its id alone, also to one that another program created. */
export abstract class ContainerControl extends ContainerFacts {
  /** @internal */
  protected readonly warn: Warn;
  /** @internal */
  protected readonly signal: AbortSignal | null;
  readonly #allowAnnotations: readonly string[];

  /** @internal */
  protected constructor({ reference, warn, allowAnnotations, signal }: ControlParts) {
    super(reference);
    this.signal = signal;
    this.#allowAnnotations = allowAnnotations;
    this.warn = warn;
  }

  /**
   * Runs the startContainer hooks, then executes the configured process, and runs the poststart hooks. Resolves when the program runs.
   *
   * @param options - An abort signal. That of {@link Runtime.create} ends the call as well.
   * @throws {@link RuntimeError} `wrong-state` if the container is not `created`; `executable` if the program cannot be executed; `hook` if
   * a hook fails; `setup` if dropping
   * privileges or loading the seccomp filter fails; `not-found` if the container was deleted; `aborted` if the signal aborted. After
   * `executable`, `hook` or `setup` the container is stopped; after `aborted`, too, or it still waits to be started if nothing had begun.
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
  async start(options: AbortOptions = {}): Promise<void> {
    await untilAborted(() => startContainer(this.reference), signalOf('start', options), this.signal);
  }

  /**
   * Signals the container's init. Without a pid namespace of its own, SIGKILL goes to every process of the container's cgroup.
   *
   * @param signal - A number, or a name with or without `SIG`. Default: `SIGTERM`.
   * @param target - With `all`, every process of the container's cgroup is signalled. Its `signal` is an AbortSignal.
   * @throws {@link RuntimeError} `usage` if the signal is unknown; `aborted` if the AbortSignal had aborted; `not-running` if the container
   * has stopped; `not-found` if it was
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
    const { signal: abort, ...data } = optionsOf('kill', target);
    const { all = false } = checked({ method: 'kill', value: data, shape: killShape });
    await untilAborted(() => killContainer({ ...this.reference, signalNumber: signalNumber(signal), all }), abort);
  }

  /**
   * Freezes every process of the container, by its cgroup. Resolves when all are frozen.
   *
   * @param options - An abort signal.
   * @throws {@link RuntimeError} `not-running` if the container is neither created nor running; `unsupported` if it has no cgroup;
   * `not-found` if it was deleted; `aborted` if the signal aborted: its processes then run.
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
  async pause(options: AbortOptions = {}): Promise<void> {
    await untilAborted(() => pauseContainer(this.reference), signalOf('pause', options));
  }

  /**
   * Thaws a paused container.
   *
   * @param options - An abort signal.
   * @throws {@link RuntimeError} `wrong-state` if the container is not paused; `not-found` if it was deleted; `aborted` if the signal
   * aborted: its processes are then about to run, or it is still paused if nothing had begun.
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
  async resume(options: AbortOptions = {}): Promise<void> {
    await untilAborted(() => resumeContainer(this.reference), signalOf('resume', options));
  }

  /**
   * Changes limits of the created, running or paused container, which the next update starts from. What is left out stays as it is, and so
   * does what is 0. If any of it fails, nothing is changed. What cgroup v2 does not have but may be ignored is a warning with the code
   * `TSRUN_WARNING`.
   *
   * @param resources - As `linux.resources` of config.json.
   * @param options - An abort signal.
   * @throws {@link RuntimeError} `usage` if a value has the wrong type; `invalid-config` if config.json would not allow it; `not-running`
   * if the container has stopped; `controller-missing` or `unsupported` if this host cannot limit it; `setup` or `permission` if the kernel
   * refuses it; `not-found` if the container was deleted; `aborted` if the signal aborted.
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
  async update(resources: Resources, options: AbortOptions = {}): Promise<void> {
    const limits = checked({ method: 'update', value: resources, shape: resourcesShape });
    const warn = warner(this.warn);
    await untilAborted(() => updateContainer({ ...this.reference, resources: limits, warn }), signalOf('update', options));
  }

  /**
   * Saves the container's processes to an image with CRIU, for {@link Runtime.restore}, and removes the container, except with
   * `leaveRunning` and `preDump`. Needs CRIU 3.16 or newer, and root.
   *
   * @param options - The directory of the image, what CRIU is allowed to save, and an abort signal.
   * @throws {@link RuntimeError} `usage` if an option has the wrong type; `not-running` or `wrong-state` if the container is neither
   * running nor paused; `unsupported` without a CRIU that can do it, or if an upper layer in memory cannot be saved (decision 0044);
   * `setup` if CRIU fails, with its last error and the path of its log; `aborted` if the signal aborted before CRIU began to save, because
   * CRIU is not interrupted: the process would stay as it is at that moment. In each case the container is as before.
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
    const { signal, ...data } = optionsOf('checkpoint', options);
    const settings = checked({ method: 'checkpoint', value: data, shape: checkpointShape });
    const request = { ...settings, ...this.reference, allowAnnotations: this.#allowAnnotations, warn: warner(this.warn) };
    await untilAborted(async () => {
      const { checkpointContainer } = await import('../../container/checkpoint/index.js');
      await checkpointContainer(request);
    }, signal);
    if (settings.leaveRunning !== true && settings.preDump !== true) await this.removed();
  }

  /**
   * Releases what this program holds of a container that has been removed: descriptors, streams, the zombie.
   *
   * @internal
   */
  protected abstract removed(): Promise<void>;
}
