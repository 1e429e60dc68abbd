import type { Sys } from '../../../src/sys/contract.js';
import { calls } from './calls/index.js';
import { Inits } from './init/inits.js';
import type { TsrunInit } from './init/tsrun_init.js';
import { Cgroups } from './kernel/cgroups.js';
import { Descriptors } from './kernel/descriptors.js';
import { Processes } from './kernel/processes.js';
import { Resctrl } from './kernel/resctrl.js';
import { Tree } from './kernel/tree.js';
import type { MachineOptions } from './options.js';
import { Paths } from './paths.js';
import { Waits } from './waits.js';

/**
 * A machine in memory, with what the conductor needs: files with inodes, descriptors, flock(2), cgroups, processes that have to be reaped,
 * sockets, and a tsrun-init that does what its plan says. It fails with the kernel's errors, and records what the kernel does not:
 * mistakes.
 */
export class Machine {
  readonly tree = new Tree();
  readonly processes = new Processes();
  readonly descriptors = new Descriptors();
  readonly cgroups: Cgroups;
  readonly resctrl: Resctrl | null;
  readonly inits: readonly TsrunInit[];
  /** Everything that was written to standard output and error. */
  readonly written = { 1: '', 2: '' };
  /** What was sent to sockets of the host. */
  readonly sent: string[] = [];
  readonly sys: Sys;
  readonly #waits = new Waits(this.descriptors);

  constructor(options: MachineOptions = {}) {
    const { tree, processes, descriptors, written, sent } = this;
    this.cgroups = new Cgroups({ tree, processes, path: '/sys/fs/cgroup', hasKill: options.withoutCgroupKill !== true });
    this.resctrl = options.resctrl === true ? new Resctrl({ tree, processes, path: '/sys/fs/resctrl' }) : null;
    for (const [path, text] of Object.entries(options.files ?? {})) tree.plant(path, text);
    processes.changed = () => {
      this.wake();
    };
    const inits = new Inits({ tree, descriptors, processes, options });
    this.inits = inits.all;
    this.sys = calls({
      options,
      tree,
      paths: new Paths({ tree, descriptors, processes, cgroupMount: this.cgroups.mount.path }),
      processes,
      descriptors,
      cgroups: this.cgroups,
      resctrl: this.resctrl,
      inits,
      waits: this.#waits,
      written,
      sent,
      clock: { now: 0 },
    });
  }

  /** Ends the program: its descriptors are closed, its children get another parent, and the next program starts. */
  nextProgram(): void {
    for (const fd of [...this.descriptors.open.keys()]) if (fd > 2) this.descriptors.close(fd);
    this.processes.orphan();
    this.written[1] = '';
    this.written[2] = '';
  }

  /** Ends waits that are over. */
  wake(): void {
    this.#waits.wake();
  }

  /** A socket on which somebody listens, such as an engine's. */
  listenAt(path: string): void {
    this.tree.plant(path.slice(0, path.lastIndexOf('/')), null);
    const node = this.tree.add(path, 'socket');
    node.listens = () => true;
    node.accept = () => undefined;
  }
}
