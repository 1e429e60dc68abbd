import { beginExec } from '../../container/exec/index.js';
import type { ContainerReference } from '../../container/options.js';
import { parseProcess } from '../../spec/parse.js';
import type { Process } from '../../spec/types.js';
import type { Owner, StdioPaths } from '../io/stdio.js';
import { alreadyExists, notFound } from '../ttrpc/status.js';
import type { Context } from './context.js';
import { withWords } from './failure.js';
import { TaskProcess, type Exit } from './process.js';
import { openStreams, withConsole } from './streams.js';

const SIGKILL = 9;

interface Exec {
  readonly process: TaskProcess;
  readonly document: Process;
}

export interface ExecsOf {
  readonly context: Context;
  /** The container. */
  readonly id: string;
  readonly bundle: string;
  readonly ioOwner: Owner | null;
  readonly reference: () => ContainerReference;
  /** Called after the end of an exec has been published. */
  readonly onEnd: () => void;
}

/** The execs of a container, by their ids. */
export class Execs {
  readonly #of: ExecsOf;
  readonly #all = new Map<string, Exec>();

  constructor(of: ExecsOf) {
    this.#of = of;
  }

  get(execId: string): TaskProcess {
    return this.#need(execId).process;
  }

  /** Whether one of them runs, or its end has not been published yet. */
  get running(): boolean {
    return [...this.#all.values()].some(({ process }) => process.running);
  }

  get idsByPid(): ReadonlyMap<number, string> {
    return new Map([...this.#all].map(([execId, { process }]) => [process.pid, execId]));
  }

  add(execId: string, paths: StdioPaths, text: string): void {
    if (this.#all.has(execId)) throw alreadyExists(`id ${execId}`);
    const { context, id } = this.#of;
    const document = parseProcess({ path: 'the process of the request', text });
    // The request says whether there is a terminal, as for runc's shim.
    this.#all.set(execId, { process: new TaskProcess(context.loop, paths), document: { ...document, terminal: paths.terminal } });
    context.publisher.publish('/tasks/exec-added', { container_id: id, exec_id: execId });
  }

  remove(execId: string): void {
    this.#all.delete(execId);
  }

  async start(execId: string): Promise<void> {
    const { process, document } = this.#need(execId);
    const { context, id, bundle, ioOwner, reference } = this.#of;
    const streamsOf = { context, id, bundle, process, ioOwner };
    try {
      const stdio = await openStreams(streamsOf);
      await withConsole({ ...streamsOf, name: execId }, async (consoleSocket) => {
        const { child } = await beginExec({
          ...reference(),
          process: document,
          detach: true,
          streams: stdio.streams,
          warn: context.log,
          ...consoleSocket,
        });
        const { pid, pidfd } = child;
        process.follow({ pid, pidfd }, (exit) => this.#finish(execId, process, exit));
      });
      stdio.handOver();
    } catch (error) {
      process.signal(SIGKILL);
      await process.abandon();
      throw withWords('OCI runtime exec failed', error);
    }
    process.started = true;
    context.publisher.publish('/tasks/exec-started', { container_id: id, exec_id: execId, pid: process.pid });
  }

  #need(execId: string): Exec {
    const exec = this.#all.get(execId);
    if (exec === undefined) throw notFound(`process does not exist ${execId}`);
    return exec;
  }

  #finish(execId: string, process: TaskProcess, exit: Exit): void {
    process.finish(exit);
    const { context, id, onEnd } = this.#of;
    context.publisher.publish('/tasks/exit', {
      container_id: id,
      id: execId,
      pid: process.pid,
      exit_status: exit.status,
      exited_at: exit.at,
    });
    onEnd();
  }
}
