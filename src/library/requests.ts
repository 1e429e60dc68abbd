import type * as checkpoint from '../container/checkpoint/options.js';
import type { CreationRequest } from '../container/options.js';
import type { Config } from './bundle/config/index.js';
import type { TerminalSize } from './container/terminal/size.js';
import type { HandedFiles, Stdio } from './stdio.js';
import type { Warn } from './warn.js';

/** Where a {@link Runtime} keeps its containers, and what it allows them. */
export interface RuntimeOptions {
  /**
   * The directory for container state, created if it is missing; relative to the working directory. Should be on a tmpfs. Default:
   * `/run/tsrun`, or `$XDG_RUNTIME_DIR/tsrun` for a user who is not root, as for the command.
   */
  readonly root?: string;
  /**
   * Names of annotations that a bundle may use although they name something on the host, such as `org.tsrun.overlay`: see
   * docs/annotations.md. Default: none, because annotations may come
   * from the labels of an image.
   */
  readonly allowAnnotations?: readonly string[];
  /**
   * Has systemd make the cgroups of containers, as `--systemd-cgroup` does: `linux.cgroupsPath` is `slice:prefix:name` then. Such a
   * container uses no warm slot. Default: false.
   */
  readonly systemdCgroup?: boolean;
  /**
   * Removes the containers that this runtime creates or restores when the program, or the worker thread, ends without having deleted them:
   * also if it is killed. One more process, which all runtimes of the thread share, does that (decision 0038). Default: false; containers
   * then run on, as those of the command do.
   */
  readonly killOnExit?: boolean;
  /**
   * Called with what is not as it was asked for but does not make a call fail. Default: it becomes a warning of the Node.js process
   * (`process.emitWarning`).
   */
  readonly onWarning?: Warn;
}

/** Where a configuration comes from. */
export interface BundleSource {
  /**
   * The directory that contains `config.json`; relative to the working directory. Required without `config`; with it, the directory that
   * relative paths of the configuration start from, by default the working directory.
   */
  readonly bundle?: string;
  /** The configuration itself, such as {@link defineBundle} makes, in place of a file. */
  readonly config?: Config;
  /**
   * Absolute directories that take the place of the root file system, topmost first. They are never written to: writes go where `overlay`
   * says, by default to memory.
   */
  readonly layers?: readonly string[];
}

/** What {@link Runtime.check} checks. */
export interface CheckRequest extends Pick<CreationRequest, 'configFile' | 'overlay'>, BundleSource {}

/** What {@link Runtime.plan} plans. */
export interface PlanRequest extends CheckRequest, Pick<CreationRequest, 'noPivot' | 'noNewKeyring'> {}

/** For whom the configuration of {@link Runtime.spec} is. */
export interface SpecRequest {
  /** For a user without privileges: a user namespace in which the caller is root. Default: false. */
  readonly rootless?: boolean;
}

/** One operation of {@link Runtime.plan}. */
export interface PlannedOperation {
  /** Its name, such as `mount` or `pivotRoot`. A new release may have others. */
  readonly operation: string;
  /** What it does, for people. */
  readonly summary: string;
}

/** The container that {@link Runtime.create} creates. */
export interface CreateRequest
  extends HandedFiles, Pick<CreationRequest, 'id' | 'configFile' | 'overlay' | 'consoleSocket' | 'noPivot' | 'noNewKeyring'>, BundleSource {
  /**
   * The standard streams. With `process.terminal` of config.json they are a terminal, and `terminal` or `consoleSocket` is required.
   * Default: `inherit`.
   */
  readonly stdio?: Stdio;
  /** In place of `stdio`: the standard streams are a new terminal of this size, and {@link Container.terminal} is our side of it. */
  readonly terminal?: TerminalSize;
  /** Ends the creation when it aborts, or kills and deletes the container. */
  readonly signal?: AbortSignal;
}

/** The warm slots that {@link Runtime.prewarm} keeps ready. */
export interface PrewarmRequest extends Pick<CreationRequest, 'configFile' | 'overlay'>, BundleSource, AbortOptions {
  /** How many slots at least: 1 to 1000. A slot costs a process and a network namespace, about 100 KB of kernel memory. */
  readonly count: number;
  /**
   * How many slots the pool keeps at most while containers come faster than slots are made: `count` to 1000. Default: twice `count`, or
   * 1000 if that is less.
   */
  readonly max?: number;
  /**
   * The directory of the bundle whose containers will use the slots; everything that is the same for each of them is done ahead, with the
   * root file system and mount sources as they are now. Without it and `config`, the slots fit any container with new pid, network, ipc and
   * uts namespaces.
   */
  readonly bundle?: string;
}

/** What {@link Container.checkpoint} saves, and where. */
export interface CheckpointContainer extends checkpoint.CheckpointOptions, Pick<checkpoint.CheckpointRequest, 'statusFd'>, AbortOptions {}

/** The container that {@link Runtime.restore} restores. */
export interface RestoreRequest
  extends
    checkpoint.CriuSettings,
    Pick<checkpoint.RestoreRequest, 'id' | 'configFile' | 'overlay' | 'consoleSocket' | 'tcpClose' | 'lsmProfile' | 'lsmMountContext'>,
    Omit<BundleSource, 'layers'> {
  /** The standard streams, in place of those at the checkpoint, which are pipes or files of the host. Default: `inherit`. */
  readonly stdio?: Stdio;
  /** In place of `stdio`, for a container on a terminal: our side of it is {@link Container.terminal}. */
  readonly terminal?: TerminalSize;
  /** Ends the restore when it aborts, or kills and deletes the container. CRIU itself is not interrupted. */
  readonly signal?: AbortSignal;
}

/** How often {@link Container.events} reads statistics, and when it ends. */
export interface EventsRequest {
  /** Milliseconds between statistics: 1 to 2147483647. Default: 5000. */
  readonly interval?: number;
  /** Ends the events when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * How a call can be ended. Every function that returns a promise or an iterator takes a signal, except those that close something
 * (`close()`, `await using`). A call that an abort has ended fails with `aborted` and says in its documentation what is left; one whose
 * work is done by then succeeds.
 */
export interface AbortOptions {
  /** Ends the call when it aborts. If it has aborted already, nothing is done. */
  readonly signal?: AbortSignal;
}

/** How long {@link Container.wait} and {@link ExecProcess.wait} wait. */
export interface WaitRequest {
  /** Ends the wait when it aborts. The process keeps running. */
  readonly signal?: AbortSignal;
}

/** Which processes {@link Container.kill} signals. */
export interface SignalTarget extends AbortOptions {
  /** Signal every process of the container's cgroup, not only its init. Default: false. */
  readonly all?: boolean;
}

/** What {@link Runtime.prune} removes. */
export interface PruneContainers extends AbortOptions {
  /** Also containers whose process has ended. Default: false, because somebody may still ask for their state. */
  readonly stopped?: boolean;
}

/** How {@link Container.delete} and {@link Runtime.delete} remove a container. */
export interface DeleteContainer extends AbortOptions {
  /** Kill the container if it still runs, and accept that it does not exist or that its record is damaged. Default: false. */
  readonly force?: boolean;
}
