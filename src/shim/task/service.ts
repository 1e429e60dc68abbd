import { sys } from '../../sys/call.js';
import { alreadyExists, code, failedPrecondition, invalidArgument, notFound, ServiceError } from '../ttrpc/status.js';
import { method, type Service } from '../ttrpc/server.js';
import { encode } from '../../protobuf/message.js';
import {
  checkpointTaskRequest,
  closeIoRequest,
  connectResponse,
  containerRequest,
  createTaskRequest,
  deleteResponse,
  empty,
  execProcessRequest,
  killRequest,
  pidResponse,
  pidsResponse,
  processDetails,
  processRequest,
  resizePtyRequest,
  stateResponse,
  statsResponse,
  updateTaskRequest,
  waitResponse,
} from '../wire/messages.js';
import { TaskContainer } from './container.js';
import type { Context } from './context.js';
import { checkNames } from './names.js';
import { metricsOf, metricsType } from './stats.js';

export interface TaskService {
  readonly service: Service;
  /** Whether a process of a container lives, or a container is being created. */
  readonly busy: () => boolean;
  /** To be called when the last client has disconnected. */
  readonly disconnected: () => void;
  /** The server is about to end: from now on, no container is created. */
  readonly close: () => void;
}

export interface Group {
  /** Whether a client is connected. */
  readonly connected: () => boolean;
  /**
   * Called when no container is left, and containerd has either asked for the end or disconnected: it may die between Delete and Shutdown,
   * and containerd 1.6 does not ask after a restart.
   */
  readonly shutDown: () => void;
}

/** How long a server waits for its first container while no client is connected. containerd connects some milliseconds after `start`. */
const firstContainerMs = 30_000;

/** The same after a client has gone, which need not have been containerd: `start` looks whether this group has a server. */
const afterClientMs = 5_000;

/** The task service: versions 2 and 3 have the same methods. */
export function taskService(context: Context, { connected, shutDown }: Group): TaskService {
  const containers = new Map<string, TaskContainer>();
  /** The creations in progress. Each promise is fulfilled when the creation has succeeded or failed. */
  const creating = new Map<string, Promise<unknown>>();
  let closed = false;
  let endsWithLast = false;
  /** A client that disconnects before the first Create may have been a `start` that checked whether this group has a server. */
  let hadContainer = false;
  let stopWaiting = waitForFirst(firstContainerMs);

  /** containerd may die between its call of `start` and Create, and older versions then forget the server. */
  function waitForFirst(milliseconds: number): () => void {
    return context.loop.after(milliseconds, () => {
      if (connected()) stopWaiting = waitForFirst(firstContainerMs);
      else shutDown();
    });
  }

  function find(id: string): TaskContainer {
    const container = containers.get(id);
    if (container === undefined) throw notFound('container not created');
    return container;
  }

  /**
   * Finds the container of a request that must wait for a creation in progress: containerd gives up a creation by Delete, and a container
   * that is created after that would belong to nobody.
   */
  async function findCreated(id: string): Promise<TaskContainer> {
    await creating.get(id);
    return find(id);
  }

  function create(asked: Parameters<typeof TaskContainer.create>[1]): Promise<TaskContainer> {
    const { id } = asked;
    checkNames(asked);
    if (closed) throw new ServiceError(code.unavailable, 'the shim is shutting down');
    if (containers.has(id) || creating.has(id)) throw alreadyExists(`container ${id}`);
    hadContainer = true;
    stopWaiting();
    const creation = TaskContainer.create(context, asked)
      .then((container) => {
        containers.set(id, container);
        return container;
      })
      .finally(() => {
        creating.delete(id);
        endIfLast();
      });
    creating.set(
      id,
      creation.catch(() => undefined),
    );
    return creation;
  }

  const isEmpty = (): boolean => containers.size === 0 && creating.size === 0;

  function endIfLast(): void {
    if (isEmpty() && (endsWithLast || (hadContainer && !connected()))) shutDown();
  }

  const service: Service = {
    Create: method(createTaskRequest, pidResponse, async (asked) => ({ pid: (await create(asked)).init.pid })),
    Start: method(processRequest, pidResponse, async ({ id, exec_id }) => ({ pid: await find(id).start(exec_id) })),
    State: method(processRequest, stateResponse, ({ id, exec_id }) => {
      const container = find(id);
      const process = container.process(exec_id);
      const { stdin, stdout, stderr, terminal } = process.paths;
      return {
        id,
        bundle: container.bundle,
        pid: process.pid,
        status: exec_id === '' ? container.status : process.status,
        stdin,
        stdout,
        stderr,
        terminal,
        exit_status: process.exit?.status ?? 0,
        exited_at: process.exit?.at,
        exec_id,
      };
    }),
    Delete: method(processRequest, deleteResponse, async ({ id, exec_id }) => {
      const { pid, status, at } = await (await findCreated(id)).delete(exec_id);
      if (exec_id === '' && containers.delete(id)) endIfLast();
      return { pid, exit_status: status, exited_at: at };
    }),
    Pids: method(containerRequest, pidsResponse, async ({ id }) => {
      const processes = await find(id).processes();
      return {
        processes: processes.map(({ pid, execId }) => ({
          pid,
          ...(execId === ''
            ? {}
            : { info: { type_url: 'containerd.runc.v1.ProcessDetails', value: encode(processDetails, { exec_id: execId }) } }),
        })),
      };
    }),
    Pause: method(containerRequest, empty, async ({ id }) => {
      await find(id).pause();
      return {};
    }),
    Resume: method(containerRequest, empty, async ({ id }) => {
      await find(id).resume();
      return {};
    }),
    Checkpoint: method(checkpointTaskRequest, empty, async (asked) => {
      await find(asked.id).checkpoint(asked);
      return {};
    }),
    Kill: method(killRequest, empty, async ({ id, exec_id, signal, all }) => {
      await (await findCreated(id)).kill(exec_id, signal, all);
      return {};
    }),
    Exec: method(execProcessRequest, empty, (asked) => {
      const container = find(asked.id);
      if (asked.exec_id === '') throw invalidArgument('the id of an exec is empty');
      if (container.init.exit !== null) throw failedPrecondition('cannot exec in a stopped container');
      container.addExec(asked.exec_id, asked, asked.spec?.value ?? '');
      return {};
    }),
    ResizePty: method(resizePtyRequest, empty, ({ id, exec_id, width, height }) => {
      find(id).resize(exec_id, height, width);
      return {};
    }),
    CloseIO: method(closeIoRequest, empty, ({ id, exec_id, stdin }) => {
      if (stdin) find(id).closeStdin(exec_id);
      return {};
    }),
    Update: method(updateTaskRequest, empty, async ({ id, resources }) => {
      await find(id).update(resources?.value ?? '{}');
      return {};
    }),
    Wait: method(processRequest, waitResponse, async ({ id, exec_id }) => {
      const { status, at } = await find(id).process(exec_id).wait();
      return { exit_status: status, exited_at: at };
    }),
    Stats: method(containerRequest, statsResponse, ({ id }) => ({
      stats: { type_url: metricsType, value: metricsOf(find(id).reference) },
    })),
    Connect: method(containerRequest, connectResponse, ({ id }) => ({
      shim_pid: sys().ids().pid,
      task_pid: containers.get(id)?.init.pid ?? 0,
    })),
    Shutdown: method(containerRequest, empty, () => {
      // If containers are left, this does nothing and is no error: containerd asks after each container of a group. It also asks when it
      // has given up a creation, which then ends later.
      if (containers.size === 0) endsWithLast = true;
      endIfLast();
      return {};
    }),
  };
  return {
    service,
    disconnected() {
      endIfLast();
      if (hadContainer) return;
      stopWaiting();
      stopWaiting = waitForFirst(afterClientMs);
    },
    close: () => (closed = true),
    busy: () => creating.size > 0 || [...containers.values()].some(({ init }) => init.running),
  };
}
