import { createContainer } from '../container/create.js';
import { deleteContainer } from '../container/delete.js';
import { listContainers } from '../container/list.js';
import { stateOf } from '../container/state.js';
import type { ContainerReference, ContainerState, CreateOptions } from '../container/options.js';
import { door } from '../native/call.js';
import { abortedError, throwIfAborted } from './aborting.js';
import { Container } from './container.js';
import { runToEnd, type RunRequest, type RunResult } from './run.js';
import { openStdio, type Stdio } from './stdio.js';
import { WatchedProcess } from './watched_process.js';

export interface RuntimeOptions {
  /** The directory in which containers are remembered; created where it is missing. Default: `/run/tsrun`, the command's own. */
  readonly root?: string;
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

/** Creates containers and finds those that are there, in one state root; no daemon, no state of its own. */
export class Runtime {
  /** Absolute. */
  readonly root: string;

  constructor(options: RuntimeOptions = {}) {
    const root = options.root ?? '/run/tsrun';
    this.root = root.startsWith('/') ? root : `${door().workingDirectory()}/${root}`;
  }

  /**
   * Creates a container; its process waits for {@link Container.start}. It becomes a child of this program.
   * @throws RuntimeError; then nothing of the container is left.
   */
  async create(request: CreateRequest): Promise<Container> {
    const { stdio = 'inherit', signal, ...rest } = request;
    throwIfAborted(signal);
    const reference: ContainerReference = { root: this.root, id: request.id };
    const opened = openStdio(stdio);
    let pid: number;
    let watched: WatchedProcess;
    try {
      const created = await createContainer({ ...(rest satisfies Omit<CreateOptions, 'root'>), root: this.root, streams: opened.streams });
      pid = created.pid;
      watched = new WatchedProcess(created.pidfd);
    } catch (error) {
      opened.abandon();
      throw error;
    }
    opened.handOver();
    if (signal?.aborted === true) {
      opened.abandon();
      await deleteContainer({ ...reference, force: true });
      await watched.exit();
      throw abortedError(signal);
    }
    const { stdin, stdout, stderr } = opened;
    return new Container({ reference, pid, process: watched, stdin, stdout, stderr, signal: signal ?? null });
  }

  /**
   * Creates and starts a container, waits for its end, deletes it, and answers how it ended and what it wrote.
   * A program that fails is no error: look at the answer's `code`.
   */
  run(request: RunRequest): Promise<RunResult> {
    return runToEnd(this, request);
  }

  /**
   * A container that is there already, whoever created it.
   * @throws RuntimeError `not-found`
   */
  get(id: string): Container {
    const reference: ContainerReference = { root: this.root, id };
    return new Container({ reference, pid: stateOf(reference).pid, process: null, stdin: null, stdout: null, stderr: null });
  }

  /** The states of all containers, by id. */
  list(): readonly ContainerState[] {
    return listContainers({ root: this.root });
  }
}
