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
  /** The directory in which containers are remembered; created where it is missing. Default: `/run/tsrun`, the command's own. */
  readonly root?: string;
  /**
   * Annotations of a bundle that are honoured although they name something of the host, such as `org.tsrun.overlay`: see docs/annotations.md. Default: none, since
   * bundles may have annotations from the labels of an image.
   */
  readonly allowAnnotations?: readonly string[];
}

/** What a container is made of. */
export interface CreateRequest {
  /** Unique below the root: 1 to 1024 of the characters `A-Z a-z 0-9 _ + . -`. */
  readonly id: string;
  /** The directory that holds `config.json`; relative to the working directory. */
  readonly bundle: string;
  /** A file to read instead of the bundle's `config.json`; relative to the working directory. */
  readonly configFile?: string;
  /** Default: `inherit`. With a terminal (`process.terminal`) the streams are the terminal's, and `consoleSocket` must be given. */
  readonly stdio?: Stdio;
  /** Leaves the root file system untouched: writes go to an upper layer in memory, or below this absolute directory. */
  readonly overlay?: string;
  /** Path of a UNIX socket that gets the master of the container's terminal. */
  readonly consoleSocket?: string;
  readonly noPivot?: boolean;
  readonly noNewKeyring?: boolean;
  /** When it aborts, the container is killed and deleted. */
  readonly signal?: AbortSignal;
}

/** What is kept ready. */
export interface PrewarmRequest {
  /** How many slots, at most {@link mostSlots}. */
  readonly count: number;
  /**
   * A bundle whose containers they are for: all is done ahead but what is each container's own. The root file system and the sources of its mounts are those that
   * are there now. Without it the slots are for any container that makes its own pid, network, ipc and uts namespaces.
   */
  readonly bundle?: string;
  /** As for {@link Runtime.create}. */
  readonly configFile?: string;
  /** As for {@link Runtime.create}. */
  readonly overlay?: string;
}

/** A container of which only the name is known: its record was damaged, or is of a release that this one does not read, or another user's. */
export interface DamagedContainer {
  readonly id: string;
  /** Never that of a {@link ContainerState}. */
  readonly status: 'damaged';
  /** Why its state cannot be read, such as `state-damaged`. */
  readonly error: RuntimeError;
}

/** A slot costs a process and a network namespace: some 100 KB of kernel memory. */
const mostSlots = 1000;

/** Creates containers and finds those that are there, in one state root; no daemon, no state of its own. */
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

  /** The slots that are kept ready; null where none are, as at first. */
  get pool(): WarmPool | null {
    return this.#pool;
  }

  /**
   * Keeps slots ready, from which {@link create} then takes whatever fits: paused processes in namespaces and a cgroup of their own. Answers when all are
   * ready. A pool that was there before is closed first.
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
    // Somebody may have asked for another one meanwhile.
    await this.#replacePool(pool);
    return pool;
  }

  async #replacePool(next: WarmPool | null): Promise<void> {
    const before = this.#pool;
    this.#pool = next;
    await before?.close();
  }

  /**
   * Creates a container; its process waits for {@link Container.start}. It becomes a child of this program.
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
   * Creates and starts a container, waits for its end, deletes it, and answers how it ended and what it wrote.
   * A program that fails is no error: look at the answer's `code`.
   */
  async run(request: RunRequest): Promise<RunResult> {
    return await runToEnd(this, request);
  }

  /**
   * A container that is there already, whoever created it: that one, and not a later one of the same id.
   * @throws RuntimeError `not-found`
   */
  get(id: string): Container {
    checkContainerId(id);
    const reference = findContainer({ root: this.root, id });
    return new Container({ reference, pid: stateOf(reference).pid, process: null, stdin: null, stdout: null, stderr: null });
  }

  /**
   * The states of all containers, by id. One whose state cannot be read is there, too: `tsrun delete --force ID` removes it.
   * @throws RuntimeError where the machine fails; a list with gaps would be worse than none
   */
  list(): readonly (ContainerState | DamagedContainer)[] {
    const damaged: DamagedContainer[] = [];
    const states = listContainers({ root: this.root, warn: (error, id) => damaged.push({ id, status: 'damaged', error }) });
    if (damaged.length === 0) return states;
    return [...states, ...damaged].sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}
