import { messageType } from '../../../../src/protocol/numbers/messages.js';
import { syncPoint, mountOption, type Operation } from '../../../../src/protocol/operations.js';
import { shapes } from '../../../../src/protocol/shapes.js';
import type { ProcessExit } from '../../../../src/sys/contract.js';
import { message, type End } from '../kernel/channel.js';
import type { Handle } from '../kernel/descriptors.js';
import type { Process, Processes } from '../kernel/processes.js';
import { holdStreams, Program } from './program.js';
import type { Node } from '../kernel/tree.js';

export interface InitWorld {
  /** How the user's program ends immediately; if absent, it lives until it is killed. */
  readonly ending?: ProcessExit | undefined;
  /** What it does before that, where somebody wants to know. */
  readonly program?: ((program: Program) => void) | undefined;
  readonly processes: Processes;
  /** A new directory without a name. */
  readonly directory: () => Node;
  /** Mounts something at a path below a directory. */
  readonly mount: (path: string, directory: Node, source?: string) => void;
  /** Takes a directory as the root. */
  readonly rootfs: (path: string, directory: Node) => void;
  /** What to do with the operation of this index, if not the usual. */
  readonly script: (operation: Operation, index: number, process: Process) => 'fail' | 'die' | 'hang' | undefined;
}

/** A cloned tsrun-init: its descriptors, and its progress through the plan. */
export class TsrunInit {
  process: Process;
  readonly #world: InitWorld;
  readonly #handed: readonly Handle[];
  readonly #preserve: number;
  /** Where it sends messages: our socket, or that of the process that starts it. */
  #end: End;
  #operations: readonly Operation[] = [];
  #at = 0;
  /** Whether it has executed the user's program. */
  executed = false;
  /** What it was sent and has not read, because it is stopped. */
  unread = false;
  /** Where its mounts are: what the slot of a pool holds of it. */
  readonly root: Node;

  constructor({
    world,
    process,
    end,
    handed,
    preserve,
    streams,
  }: {
    world: InitWorld;
    process: Process;
    end: End;
    handed: readonly Handle[];
    preserve: number;
    streams: readonly (Handle | undefined)[];
  }) {
    this.#world = world;
    this.process = process;
    this.#end = end;
    this.#handed = handed;
    this.#preserve = preserve;
    this.#streams = streams;
    this.root = world.directory();
    this.#attend(process);
  }

  /** Its plan has come, or the rest of one, with streams in place of its own. */
  begin(operations: readonly Operation[], handed: readonly Handle[] = this.#handed, streams?: readonly (Handle | undefined)[]): void {
    this.unread = this.process.state === 'T';
    if (this.unread) return;
    if (streams !== undefined) {
      this.#streams = streams;
      holdStreams(this.process, streams);
    }
    // One that waited for it is no longer ended by our closing the socket.
    this.#end.hangUp = null;
    this.#operations = operations;
    this.#at = 0;
    this.#given = handed;
    this.#run();
  }

  #given: readonly Handle[] = [];
  #streams: readonly (Handle | undefined)[];

  #attend(process: Process): void {
    holdStreams(process, this.#streams);
    process.atEnd.push(() => {
      if (this.process === process) this.#end.close();
    });
  }

  #say(type: number, rest: Parameters<typeof message>[1] = {}, handle?: Handle): void {
    const { peer } = this.#end;
    const operation = this.#operations[this.#at];
    const op = operation === undefined ? 0 : shapes[operation.op].id;
    const said = message(type, { operation: this.#at, op, sender: this.process.pid, ...rest });
    if (peer?.open === true) peer.arrived.push({ message: said, ...(handle === undefined ? {} : { handle }) });
  }

  /** Sends a message, and continues after the operation when a reply arrives. */
  #ask(type: number, rest: Parameters<typeof message>[1] = {}, then: () => void = () => undefined): void {
    this.#say(type, rest);
    const end = this.#end;
    end.hangUp = () => this.#world.processes.end(this.process, { code: 1, signal: 0 });
    end.listen = (value) => {
      end.listen = null;
      end.hangUp = null;
      if (value !== 0) return this.#world.processes.end(this.process, { code: 1, signal: 0 });
      then();
      this.#at++;
      this.#run();
    };
  }

  #run(): void {
    for (; this.#at < this.#operations.length && this.process.alive; this.#at++) {
      const operation = this.#operations[this.#at] as Operation;
      const fate = this.#world.script(operation, this.#at, this.process);
      if (fate === 'hang') return;
      if (fate === 'fail') this.#say(messageType.failure, { errno: 1, text: 'x', step: 1 });
      if (fate !== undefined) return this.#world.processes.end(this.process, { code: 1, signal: 0 });
      if (this.#waits(operation)) return;
    }
  }

  /** Whether it waits for somebody at this operation. */
  #waits(operation: Operation): boolean {
    switch (operation.op) {
      case 'sync':
        this.#ask(messageType.sync, { value: operation.point });
        return true;
      case 'rootfs':
        this.#world.rootfs(String(operation.path), this.root);
        return false;
      case 'mount':
        this.#world.mount(
          operation.destination,
          this.root,
          (operation.options & mountOption.bind) === 0 ? undefined : String(operation.source),
        );
        if ((operation.options & mountOption.fromHost) === 0) return false;
        this.#ask(messageType.sync, { value: syncPoint.mountSource });
        return true;
      case 'respawn':
        this.#respawn();
        return true;
      case 'ready':
        this.#beReady(operation.listener);
        return true;
      case 'nextPlan':
        this.#say(messageType.ready, {}, this.#pivoted() ? { kind: 'file', node: this.root } : undefined);
        this.#end.hangUp = () => this.#world.processes.end(this.process, { code: 0, signal: 0 });
        return true;
      case 'terminal':
        this.#sendMaster(this.#given[operation.socket - 4 - this.#preserve]);
        return false;
      case 'seccomp':
        if (operation.listener !== 1) return false;
        this.#ask(messageType.sync, { value: syncPoint.seccompListener, errno: 9 });
        return true;
      case 'execute':
        this.#execute();
        return true;
      case 'reaper':
        this.#end.hangUp = () => this.#world.processes.end(this.process, { code: 0, signal: 0 });
        return true;
      default:
        return false;
    }
  }

  /** Only then its root is its own. */
  #pivoted(): boolean {
    return this.#operations.some(({ op }) => op === 'pivotRoot');
  }

  /** The sibling waits for the reply, and the first process ends immediately (native/init/steps/namespaces/respawn.cc). */
  #respawn(): void {
    const first = this.process;
    const { cgroup, child, init } = first;
    const sibling = this.#world.processes.make({ name: `sibling of ${first.name}`, child, cgroup, init });
    this.#attend(sibling);
    this.process = sibling;
    this.#ask(messageType.respawned, { value: sibling.pid, sender: first.pid });
    this.#world.processes.end(first, { code: 0, signal: 0 });
  }

  #beReady(listener: number): void {
    const handle = listener < 0 ? undefined : this.#given[listener - 4 - this.#preserve];
    if (handle?.kind === 'file') return this.#listenOn(handle.node);
    this.#ask(messageType.ready);
  }

  /** Listens on start.sock: a connection tells it to continue. */
  #listenOn(node: Node): void {
    this.#say(messageType.ready);
    const before = this.#end;
    let waiting = true;
    node.listens = () => waiting && this.process.alive;
    node.accept = (end) => {
      this.process.atEnd.push(() => {
        end.close();
      });
      end.listen = (value) => {
        end.listen = null;
        if (value !== 0) return;
        waiting = false;
        before.close();
        this.#end = end;
        this.#say(messageType.ready, { value: 2 });
        this.#at++;
        this.#run();
      };
    };
  }

  #sendMaster(handle: Handle | undefined): void {
    if (handle?.kind === 'socket') handle.end.peer?.arrived.push({ handle: { kind: 'other', what: 'terminal master' } });
  }

  #execute(): void {
    this.#say(messageType.going);
    this.executed = true;
    // Its end closes with execve(2).
    this.#end.close();
    this.#world.program?.(new Program({ process: this.process, processes: this.#world.processes, streams: this.#streams }));
    if (this.#world.ending !== undefined) this.#world.processes.end(this.process, this.#world.ending);
  }
}
