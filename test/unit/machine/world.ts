import type { Inits } from './init/inits.js';
import type { Cgroups } from './kernel/cgroups.js';
import type { Descriptors } from './kernel/descriptors.js';
import type { Processes } from './kernel/processes.js';
import type { Resctrl } from './kernel/resctrl.js';
import type { Tree } from './kernel/tree.js';
import type { MachineOptions } from './options.js';
import type { Paths } from './paths.js';
import type { Waits } from './waits.js';

/** What the calls of `calls/` act on. */
export interface World {
  readonly options: MachineOptions;
  readonly tree: Tree;
  readonly paths: Paths;
  readonly processes: Processes;
  readonly descriptors: Descriptors;
  readonly cgroups: Cgroups;
  readonly resctrl: Resctrl | null;
  readonly inits: Inits;
  readonly waits: Waits;
  /** Everything that was written to standard output and error. */
  readonly written: { 1: string; 2: string };
  /** What was sent to sockets of the host. */
  readonly sent: string[];
  /** Milliseconds since the start, which only waits with a limit make more. */
  readonly clock: { now: number };
}
