import type { Sys } from '../../../../src/sys/contract.js';
import type { Descriptors, Handle } from '../kernel/descriptors.js';
import type { Process, Processes } from '../kernel/processes.js';
import { fail, filesystems, type Tree } from '../kernel/tree.js';
import type { MachineOptions } from '../options.js';
import { TsrunInit } from './tsrun_init.js';

export interface InitsOf {
  readonly tree: Tree;
  readonly descriptors: Descriptors;
  readonly processes: Processes;
  readonly options: MachineOptions;
}

/** Every tsrun-init that was cloned, in order. */
export class Inits {
  readonly all: TsrunInit[] = [];
  readonly #world: InitsOf;
  readonly #byEnd = new Map<object, TsrunInit>();
  #mount = 100;

  constructor(world: InitsOf) {
    this.#world = world;
  }

  /** The one at this end of a socket pair. */
  at(end: object): TsrunInit | undefined {
    return this.#byEnd.get(end);
  }

  clone({ sockets, fds, cgroup, stdio, preserve }: Parameters<Sys['spawn']>[0]): { readonly init: TsrunInit; readonly process: Process } {
    const end = this.#world.descriptors.end(sockets[1] as number, 'clone3');
    // The child has its own from now on.
    this.#world.descriptors.open.delete(sockets[1] as number);
    const place = cgroup < 0 ? null : this.#world.descriptors.node(cgroup, 'clone3');
    if (place?.linked === false) {
      end.close();
      fail('ENODEV', 'clone3', 'tsrun-init');
    }
    const entered = fds.map((fd) => this.#world.descriptors.get(fd, 'clone3')).find((handle) => handle.kind === 'process');
    const init = entered?.kind === 'process' ? entered.process : null;
    const process = this.#world.processes.make({ name: 'tsrun-init', child: true, cgroup: place, init });
    const made = new TsrunInit({
      world: {
        processes: this.#world.processes,
        directory: () => this.#world.tree.loose('directory', filesystems.tmpfs),
        mount: (path, directory, source) => {
          const mounted = this.#world.tree.plant(path, null, directory);
          mounted.mount = this.#mount++;
          if (source !== undefined) mounted.inode = this.#world.tree.find(source)?.inode ?? mounted.inode;
        },
        rootfs: (path, directory) => {
          directory.inode = this.#world.tree.find(path)?.inode ?? directory.inode;
        },
        ending: this.#world.options.ending,
        program: this.#world.options.program,
        script: this.#world.options.script ?? (() => undefined),
      },
      process,
      end,
      handed: fds.map((fd) => this.#world.descriptors.get(fd, 'clone3')),
      preserve,
      streams: this.streams(stdio),
    });
    this.all.push(made);
    this.#byEnd.set(end, made);
    return { init: made, process };
  }

  streams(stdio: readonly number[]): readonly (Handle | undefined)[] {
    return stdio.map((fd) => this.#world.descriptors.open.get(fd));
  }
}
