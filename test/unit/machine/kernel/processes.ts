import type { ProcessExit } from '../../../../src/sys/contract.js';
import { fail, type Node } from './tree.js';

export interface Process {
  readonly pid: number;
  readonly startTime: number;
  readonly name: string;
  /** Whether we have to reap it; another parent's process is reaped immediately. */
  child: boolean;
  /** The letter of proc_pid_stat(5) while it is alive. */
  state: 'S' | 'T';
  alive: boolean;
  exit: ProcessExit | null;
  cgroup: Node | null;
  /** The init of its pid namespace, with which it ends. */
  readonly init: Process | null;
  readonly atEnd: (() => void)[];
}

export interface NewProcess {
  readonly name: string;
  readonly child: boolean;
  readonly cgroup: Node | null;
  readonly init?: Process | null;
}

/**
 * The processes of the machine: each lives until it ends by itself or is killed, and is a zombie until its parent, which may be us, has
 * reaped it.
 */
export class Processes {
  readonly all = new Map<number, Process>();
  /** Called after each end. */
  changed: () => void = () => undefined;
  #pid = 4000;

  make({ name, child, cgroup, init = null }: NewProcess): Process {
    const pid = this.#pid++;
    const made: Process = { pid, startTime: pid * 10, name, child, state: 'S', alive: true, exit: null, cgroup, init, atEnd: [] };
    this.all.set(pid, made);
    return made;
  }

  find(pid: number): Process {
    return this.all.get(pid) ?? fail('ESRCH', 'pidfd_open', String(pid));
  }

  end(process: Process, exit: ProcessExit): void {
    if (!process.alive) return;
    process.alive = false;
    process.exit = exit;
    process.cgroup = null;
    for (const act of process.atEnd.splice(0)) act();
    for (const other of [...this.all.values()]) if (other.init === process) this.end(other, { code: -1, signal: 9 });
    if (!process.child) this.all.delete(process.pid);
    this.changed();
  }

  signal(process: Process, signal: number): void {
    if (!process.alive) {
      if (!this.all.has(process.pid)) fail('ESRCH', 'pidfd_send_signal', String(process.pid));
      return;
    }
    if (signal === 19) process.state = 'T';
    else if (signal === 18) process.state = 'S';
    else if (signal !== 0) this.end(process, { code: -1, signal });
  }

  reap(process: Process): ProcessExit | null {
    if (!process.child || !this.all.has(process.pid)) fail('ECHILD', 'waitid', String(process.pid));
    if (process.alive) return null;
    this.all.delete(process.pid);
    return process.exit;
  }

  /** Ends this program: its children get another parent. */
  orphan(): void {
    for (const process of [...this.all.values()]) {
      process.child = false;
      if (!process.alive) this.all.delete(process.pid);
    }
  }

  stat(process: Process): string {
    const fields = Array.from({ length: 17 }, () => '0').join(' ');
    return `${process.pid} (${process.name}) ${process.alive ? process.state : 'Z'} 1 ${fields} ${process.startTime} 0 0`;
  }
}
