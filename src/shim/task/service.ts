import { sys } from '../../sys/call.js';
import { alreadyExists, failedPrecondition, notFound, unimplemented } from '../ttrpc/status.js';
import { method, type Service } from '../ttrpc/server.js';
import { encode } from '../wire/message.js';
import {
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
import { metricsOf, metricsType } from './stats.js';

export interface TaskService {
  readonly service: Service;
  /** The number of containers. */
  readonly count: () => number;
  /** Whether a process of one of them lives. */
  readonly busy: () => boolean;
}

/** The task service: versions 2 and 3 have the same methods. `shutDown` is called when containerd asks for the end and no container is left. */
export function taskService(context: Context, shutDown: () => void): TaskService {
  const containers = new Map<string, TaskContainer>();
  /** Ids that are being created. */
  const reserved = new Set<string>();

  function find(id: string): TaskContainer {
    const container = containers.get(id);
    if (container === undefined) throw notFound('container not created');
    return container;
  }

  async function create(asked: Parameters<typeof TaskContainer.create>[1]): Promise<TaskContainer> {
    if (containers.has(asked.id) || reserved.has(asked.id)) throw alreadyExists(`container ${asked.id}`);
    if (asked.checkpoint !== '') throw unimplemented('restore from a checkpoint');
    reserved.add(asked.id);
    try {
      const container = await TaskContainer.create(context, asked);
      containers.set(asked.id, container);
      return container;
    } finally {
      reserved.delete(asked.id);
    }
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
      const { pid, status, at } = await find(id).delete(exec_id);
      if (exec_id === '') containers.delete(id);
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
    Checkpoint: method(containerRequest, empty, () => {
      throw unimplemented('checkpoint');
    }),
    Kill: method(killRequest, empty, async ({ id, exec_id, signal, all }) => {
      await find(id).kill(exec_id, signal, all);
      return {};
    }),
    Exec: method(execProcessRequest, empty, (asked) => {
      const container = find(asked.id);
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
      // With containers left it does nothing, and is not an error: containerd asks after each container of a group.
      if (containers.size === 0 && reserved.size === 0) shutDown();
      return {};
    }),
  };
  return {
    service,
    count: () => containers.size,
    busy: () => reserved.size > 0 || [...containers.values()].some(({ init }) => init.running),
  };
}
