import { createContainer } from '../../container/create/index.js';
import { deleteContainer } from '../../container/delete/index.js';
import { killContainer } from '../../container/kill.js';
import type { ContainerReference } from '../../container/options.js';
import { pauseContainer, resumeContainer } from '../../container/pause.js';
import { processesOf } from '../../container/ps.js';
import { startContainer } from '../../container/start.js';
import { updateContainer } from '../../container/update/index.js';
import { cleanUp } from '../../errors/clean_up.js';
import { asRuntimeError } from '../../errors/format.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { parseResources } from '../../spec/parse.js';
import { WrittenRecords } from '../../state/written.js';
import type { StdioPaths } from '../io/stdio.js';
import { mountRootfs } from '../rootfs/mount.js';
import { unmountRootfs } from '../rootfs/unmount.js';
import { failedPrecondition, notFound } from '../ttrpc/status.js';
import type { Message } from '../../protobuf/message.js';
import { taskStatus, type checkpointTaskRequest, type createTaskRequest } from '../wire/messages.js';
import { imageOf, restoreTask, saveTask } from './checkpoint.js';
import type { Context } from './context.js';
import { Execs } from './execs.js';
import { withWords } from './failure.js';
import { watchMemory } from './oom.js';
import { hookTimeout } from '../hook_timeout.js';
import { rememberRoot } from '../root.js';
import { taskOptions, type TaskOptions } from './options.js';
import { TaskProcess, type Exit } from './process.js';
import { killRest } from './rest.js';
import { openStreams, withConsole, type StreamsOf } from './streams.js';

/** A container as containerd sees it: tsrun's container with its streams, execs and root file system. */
export class TaskContainer {
  readonly id: string;
  readonly bundle: string;
  readonly init: TaskProcess;
  #reference: ContainerReference;
  readonly #context: Context;
  readonly #options: TaskOptions;
  /** The image that the start restores; empty for a container that is created. */
  readonly #image: string;
  readonly #execs: Execs;
  #paused = false;
  /** The end of init, which is published once no exec runs. */
  #ended: Exit | null = null;
  #endWatch: () => void = () => undefined;
  /** The deletion in progress. */
  #deletion: Promise<Exit & { readonly pid: number }> | null = null;

  private constructor(context: Context, asked: Message<typeof createTaskRequest>) {
    this.#context = context;
    this.id = asked.id;
    this.bundle = asked.bundle;
    this.#options = taskOptions(asked.options, context.namespace);
    this.#image = asked.checkpoint;
    this.#reference = { root: this.#options.root, id: asked.id, records: new WrittenRecords() };
    this.init = new TaskProcess(context.loop, asked);
    this.#execs = new Execs({
      context,
      id: this.id,
      bundle: this.bundle,
      ioOwner: this.#options.ioOwner,
      reference: () => this.reference,
      onEnd: () => {
        this.#tellEnd();
      },
    });
  }

  /** Creates the container; if that fails, nothing is left. */
  static async create(context: Context, asked: Message<typeof createTaskRequest>): Promise<TaskContainer> {
    const container = new TaskContainer(context, asked);
    const rootfs = `${asked.bundle}/rootfs`;
    rememberRoot(asked.bundle, container.reference.root, context.namespace);
    mountRootfs({ target: rootfs, mounts: asked.rootfs });
    try {
      // Otherwise the start does it, because CRIU cannot restore processes that wait; there is no process until then.
      if (asked.checkpoint === '') await container.#create();
    } catch (error) {
      throw await cleanUp(error, asked.rootfs.length > 0 ? [() => unmountRootfs(rootfs)] : []);
    }
    const { stdin, stdout, stderr, terminal } = asked;
    context.publisher.publish('/tasks/create', {
      container_id: asked.id,
      bundle: asked.bundle,
      rootfs: asked.rootfs,
      io: { stdin, stdout, stderr, terminal },
      checkpoint: asked.checkpoint,
      pid: container.init.pid,
    });
    return container;
  }

  get reference(): ContainerReference {
    return this.#reference;
  }

  get status(): number {
    return this.#paused && this.init.exit === null ? taskStatus.paused : this.init.status;
  }

  /** Init if `execId` is empty. */
  process(execId: string): TaskProcess {
    return execId === '' ? this.init : this.#execs.get(execId);
  }

  async start(execId: string): Promise<number> {
    const process = this.process(execId);
    if (process.started || process.exit !== null || process.starting)
      throw failedPrecondition(`cannot start a process that has been started: ${execId || this.id}`);
    this.#refuseIfDeleted();
    await process.whileStarting(() => (execId === '' ? this.#start() : this.#execs.start(execId)));
    return process.pid;
  }

  addExec(execId: string, paths: StdioPaths, document: string): void {
    this.#refuseIfDeleted();
    this.#execs.add(execId, paths, document);
  }

  async kill(execId: string, signal: number, all: boolean): Promise<void> {
    const process = this.process(execId);
    if (process.exit !== null && !all) throw notFound('process already finished');
    if (execId !== '') {
      if (!process.signal(signal)) throw notFound('process already finished');
      return;
    }
    try {
      await killContainer({ ...this.reference, signalNumber: signal, all });
    } catch (error) {
      if (error instanceof RuntimeError && (error.code === 'not-running' || error.code === 'not-found'))
        throw notFound('process already finished');
      throw error;
    }
  }

  /** Removes a process that has ended or never ran; for init, the container. */
  async delete(execId: string): Promise<Exit & { readonly pid: number }> {
    const process = this.process(execId);
    if (process.exit === null && process.started) throw failedPrecondition('cannot delete a running process');
    if (process.starting) throw failedPrecondition('cannot delete a process that is being started');
    if (execId !== '') {
      await process.drained();
      this.#execs.remove(execId);
      return this.#deleted(process);
    }
    this.#deletion ??= this.#delete(process).finally(() => (this.#deletion = null));
    return this.#deletion;
  }

  async #delete(process: TaskProcess): Promise<Exit & { readonly pid: number }> {
    for (const failure of await deleteContainer({ ...this.reference, force: true, hookTimeout }))
      this.#context.log(asRuntimeError(failure).message);
    // A process that was never started has been killed; there is none of an image that was never restored.
    if (process.running) await process.wait();
    else if (process.exit === null) await process.abandon();
    await process.drained();
    this.#endWatch();
    unmountRootfs(`${this.bundle}/rootfs`);
    const { status, at } = this.#deleted(process);
    this.#context.publisher.publish('/tasks/delete', { container_id: this.id, pid: process.pid, exit_status: status, exited_at: at });
    return { status, at, pid: process.pid };
  }

  #deleted(process: TaskProcess): Exit & { readonly pid: number } {
    const { status, at } = process.exit ?? { status: 0, at: {} };
    return { status, at, pid: process.pid };
  }

  async pause(): Promise<void> {
    await pauseContainer(this.reference);
    this.#paused = true;
    this.#context.publisher.publish('/tasks/paused', { container_id: this.id });
  }

  async checkpoint(asked: Message<typeof checkpointTaskRequest>): Promise<void> {
    const { id, bundle } = this;
    try {
      await saveTask({ id, bundle, options: this.#options, asked });
    } catch (error) {
      throw withWords('OCI runtime checkpoint failed', error);
    }
    this.#context.publisher.publish('/tasks/checkpointed', { container_id: id, checkpoint: imageOf(asked) });
  }

  async resume(): Promise<void> {
    await resumeContainer(this.reference);
    this.#paused = false;
    this.#context.publisher.publish('/tasks/resumed', { container_id: this.id });
  }

  /** Each process with the id of its exec. Lists the ended init, too; without it, containerd would treat the shim as leaked. */
  async processes(): Promise<readonly { readonly pid: number; readonly execId: string }[]> {
    const execOf = this.#execs.idsByPid;
    const pids = this.init.exit === null ? await processesOf(this.reference) : [];
    return [...new Set([this.init.pid, ...pids])].map((pid) => ({ pid, execId: execOf.get(pid) ?? '' }));
  }

  async update(document: string): Promise<void> {
    const resources = parseResources({ path: 'the resources of the request', text: document });
    await updateContainer({ ...this.reference, resources, warn: this.#context.log });
  }

  closeStdin(execId: string): void {
    const process = this.process(execId);
    process.inputClosed = true;
    process.stdio?.closeStdin();
  }

  resize(execId: string, rows: number, columns: number): void {
    this.process(execId).terminal?.resize(rows, columns);
  }

  #refuseIfDeleted(): void {
    if (this.#deletion !== null) throw failedPrecondition('the container is being deleted');
  }

  #streamsOf(process: TaskProcess): StreamsOf {
    return { context: this.#context, id: this.id, bundle: this.bundle, process, ioOwner: this.#options.ioOwner };
  }

  async #create(): Promise<void> {
    const { init } = this;
    const stdio = await openStreams(this.#streamsOf(init));
    try {
      const { root: _root, ioOwner: _ioOwner, ...options } = this.#options;
      await withConsole({ ...this.#streamsOf(init), name: 'init' }, async (consoleSocket) => {
        const created = await createContainer({
          ...this.reference,
          ...options,
          until: 'created',
          bundle: this.bundle,
          streams: stdio.streams,
          warn: this.#context.log,
          ...consoleSocket,
        });
        init.follow(created, (exit) => void this.#onInitEnd(exit));
        const { pid, startTime } = created;
        this.#reference = { ...this.#reference, init: { pid, startTime, hasEnded: () => init.hasEnded } };
      });
      stdio.handOver();
    } catch (error) {
      const undo = init.running ? [() => deleteContainer({ ...this.reference, force: true, hookTimeout })] : [];
      throw withWords('OCI runtime create failed', await cleanUp(error, [...undo, () => init.abandon()]));
    }
  }

  async #restore(): Promise<void> {
    const { init, id, bundle } = this;
    const stdio = await openStreams(this.#streamsOf(init));
    try {
      await withConsole({ ...this.#streamsOf(init), name: 'init' }, async (consoleSocket) => {
        const made = await restoreTask({
          ...{ id, bundle, options: this.#options, image: this.#image, adoption: this.#context.adoption, ...consoleSocket },
          streams: stdio.streams,
        });
        init.follow(made, (exit) => void this.#onInitEnd(exit));
      });
      stdio.handOver();
    } catch (error) {
      const undo = init.running ? [() => deleteContainer({ ...this.reference, force: true, hookTimeout })] : [];
      throw withWords('OCI runtime restore failed', await cleanUp(error, [...undo, () => init.abandon()]));
    }
  }

  async #start(): Promise<void> {
    if (this.#image !== '') await this.#restore();
    else
      try {
        await startContainer(this.reference);
      } catch (error) {
        throw withWords('OCI runtime start failed', error);
      }
    this.init.started = true;
    this.#endWatch = watchMemory(this.#context, this.reference, () =>
      this.#context.publisher.publish('/tasks/oom', { container_id: this.id }),
    );
    this.#context.publisher.publish('/tasks/start', { container_id: this.id, pid: this.init.pid });
  }

  async #onInitEnd(exit: Exit): Promise<void> {
    this.#ended = exit;
    await killRest(this.#context, this.reference);
    this.#tellEnd();
  }

  #tellEnd(): void {
    const exit = this.#ended;
    if (exit === null || this.#execs.running) return;
    this.#ended = null;
    this.init.finish(exit);
    const { id, init } = this;
    this.#context.publisher.publish('/tasks/exit', { container_id: id, id, pid: init.pid, exit_status: exit.status, exited_at: exit.at });
  }
}
