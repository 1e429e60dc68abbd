import { randomUUID } from 'node:crypto';
import { createContainer } from '../container/create/index.js';
import { deleteContainer } from '../container/delete.js';
import { findContainer } from '../container/find.js';
import { listContainers } from '../container/state/list.js';
import { Cache } from '../container/cache/index.js';
import { stateOf } from '../container/state/index.js';
import type { ContainerReference, ContainerState, CreateOptions } from '../container/options.js';
import { openSlots } from '../container/warm/prewarm.js';
import { cleanUp } from '../errors/clean_up.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys } from '../sys/call.js';
import { checkContainerId } from '../state/id.js';
import { abortedError, throwIfAborted } from './aborting.js';
import { checked } from './checked.js';
import { Container } from './container.js';
import { runToEnd, type RunRequest, type RunResult } from './run.js';
import { createShape, prewarmShape, runtimeShape } from './shapes.js';
import { openStdio, type Stdio } from './stdio.js';
import { WarmPool } from './warm_pool.js';
import { WatchedProcess } from './watched_process.js';

export interface RuntimeOptions {
  /** The directory for container state; created if missing. Default: `/run/tsrun`, the command's default. */
  readonly root?: string;
  /**
   * Annotations of a bundle that are honoured although they name something of the host, such as `org.tsrun.overlay`: see
   * docs/annotations.md. Default: none, because a bundle's annotations may come from the labels of an image.
   */
  readonly allowAnnotations?: readonly string[];
}

/** What a container is made from. */
export interface CreateRequest {
  /** Unique below the root: 1 to 1024 of the characters `A-Z a-z 0-9 _ + . -`. */
  readonly id: string;
  /** The directory that contains `config.json`; relative to the working directory. */
  readonly bundle: string;
  /** A file to read instead of the bundle's `config.json`; relative to the working directory. */
  readonly configFile?: string;
  /** Default: `inherit`. With a terminal (`process.terminal`) the streams are the terminal's, and `consoleSocket` is required. */
  readonly stdio?: Stdio;
  /** Leaves the root file system unchanged: writes go to an upper layer in memory, or below this absolute directory. */
  readonly overlay?: string;
  /** Path of a UNIX socket that receives the master of the container's terminal. */
  readonly consoleSocket?: string;
  readonly noPivot?: boolean;
  readonly noNewKeyring?: boolean;
  /** Aborting kills and deletes the container. */
  readonly signal?: AbortSignal;
}

/** What to keep ready. */
export interface PrewarmRequest {
  /** How many slots, at most {@link mostSlots}. */
  readonly count: number;
  /**
   * The bundle that the containers will use: everything is done ahead except what differs between containers. The root file system and the
   * sources of its mounts are those that exist now. Without a bundle the slots suit any container that creates its own pid, network, ipc
   * and uts namespaces.
   */
  readonly bundle?: string;
  /** As for {@link Runtime.create}. */
  readonly configFile?: string;
  /** As for {@link Runtime.create}. */
  readonly overlay?: string;
}

/**
 * A container of which only the id is known: its record is damaged, was written by a release that this one cannot read, or belongs to
 * another user.
 */
export interface DamagedContainer {
  readonly id: string;
  /** Never the status of a {@link ContainerState}. */
  readonly status: 'damaged';
  /** Why its state cannot be read, such as `state-damaged`. */
  readonly error: RuntimeError;
}

/** A slot costs a process and a network namespace: some 100 KB of kernel memory. */
const mostSlots = 1000;

/** Creates and finds containers in one state root. It needs no daemon and has no state of its own. */
export class Runtime {
  /** An absolute path. */
  readonly root: string;
  readonly #allowAnnotations: readonly string[];
  readonly #cache = new Cache();
  #pool: WarmPool | null = null;

  constructor(options: RuntimeOptions = {}) {
    const { root = '/run/tsrun', allowAnnotations = [] } = checked({ method: 'Runtime', value: options, shape: runtimeShape });
    if (root === '') throw new RuntimeError('Runtime: "root" must not be empty', { code: 'usage', phase: 'command' });
    this.#allowAnnotations = allowAnnotations;
    this.root = root.startsWith('/') ? root : `${sys().workingDirectory()}/${root}`;
  }

  /** The pool of slots that are kept ready; null if there is none, as at first. */
  get pool(): WarmPool | null {
    return this.#pool;
  }

  /**
   * Keeps slots ready, from which {@link create} takes any that fits: paused processes in their own namespaces and cgroup. Resolves when
   * all are ready. Closes an existing pool first.
   * @throws RuntimeError; then there is no pool
   */
  async prewarm({ count, ...request }: PrewarmRequest): Promise<WarmPool> {
    if (!Number.isInteger(count) || count < 1 || count > mostSlots) {
      throw new RuntimeError(`prewarm: the count must be an integer from 1 to ${mostSlots}, found ${count}`, {
        code: 'usage',
        phase: 'command',
      });
    }
    const { bundle, ...rest } = checked({ method: 'prewarm', value: request, shape: prewarmShape });
    await this.#replacePool(null);
    const template = bundle === undefined ? null : { ...rest, bundle, allowAnnotations: this.#allowAnnotations };
    const maker = await openSlots({ root: this.root, name: `${process.pid}-${randomUUID().slice(0, 8)}`, template, cache: this.#cache });
    const pool = new WarmPool({ size: count, maker });
    try {
      await pool.fill();
    } catch (error) {
      throw await cleanUp(error, [() => pool.close()]);
    }
    // Somebody may have asked for another pool meanwhile.
    await this.#replacePool(pool);
    return pool;
  }

  async #replacePool(next: WarmPool | null): Promise<void> {
    const before = this.#pool;
    this.#pool = next;
    await before?.close();
  }

  /**
   * Creates a container whose process waits for {@link Container.start}. The process becomes a child of this program.
   * @throws RuntimeError; then nothing of the container is left.
   */
  async create(request: CreateRequest): Promise<Container> {
    const { stdio = 'inherit', signal, id, ...data } = request;
    throwIfAborted(signal);
    checkContainerId(id);
    const rest = checked({ method: 'create', value: data, shape: createShape });
    const named: ContainerReference = { root: this.root, id };
    const opened = openStdio(stdio);
    let watched: WatchedProcess;
    let init: NonNullable<ContainerReference['init']>;
    try {
      const created = await createContainer({
        ...(rest satisfies Omit<CreateOptions, 'root' | 'id'>),
        ...named,
        allowAnnotations: this.#allowAnnotations,
        streams: opened.streams,
        cache: this.#cache,
        ...(this.#pool === null ? {} : { slots: this.#pool.source }),
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
    return new Container({ reference: { ...named, init }, pid: init.pid, process: watched, stdin, stdout, stderr, signal: signal ?? null });
  }

  /**
   * Creates and starts a container, waits for it to exit, deletes it, and returns how it ended and what it wrote. A program that fails is
   * not an error: check `code` of the result.
   */
  async run(request: RunRequest): Promise<RunResult> {
    return await runToEnd(this, request);
  }

  /**
   * Finds an existing container, whoever created it: this one, and not a later one with the same id.
   * @throws RuntimeError `not-found`
   */
  get(id: string): Container {
    checkContainerId(id);
    const reference = findContainer({ root: this.root, id });
    return new Container({ reference, pid: stateOf(reference).pid, process: null, stdin: null, stdout: null, stderr: null });
  }

  /**
   * Returns the states of all containers, by id. Includes containers whose state cannot be read: `tsrun delete --force ID` removes them.
   * @throws RuntimeError if the machine fails, because a list with gaps would be worse than none
   */
  list(): readonly (ContainerState | DamagedContainer)[] {
    const damaged: DamagedContainer[] = [];
    const states = listContainers({ root: this.root, warn: (error, id) => damaged.push({ id, status: 'damaged', error }) });
    if (damaged.length === 0) return states;
    return [...states, ...damaged].sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}
