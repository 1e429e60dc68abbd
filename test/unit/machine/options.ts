import type { ProcessExit } from '../../../src/sys/contract.js';
import type { InitWorld } from './init/tsrun_init.js';

export interface MachineOptions {
  /** By absolute path; null for a directory. */
  readonly files?: Readonly<Record<string, string | null>>;
  readonly environment?: readonly string[];
  /** Programs of the host, by path. */
  readonly programs?: Readonly<Record<string, HostProgram>>;
  /** How the user's program ends under `supervise`. */
  readonly exit?: ProcessExit;
  readonly script?: InitWorld['script'];
  /** How every program ends immediately after it is executed. */
  readonly ending?: ProcessExit;
  /** What every program does when it is executed. */
  readonly program?: InitWorld['program'];
  /**
   * Whether a wait without a limit may last until something else happens, as on Node.js. Otherwise it is a mistake, because nothing would
   * end it.
   */
  readonly patient?: boolean;
  readonly withoutCgroupKill?: boolean;
  readonly terminals?: boolean;
  /** Whether resctrl is mounted in its usual place. */
  readonly resctrl?: boolean;
  /** A signal that has arrived and that nobody waited for. */
  readonly deferredSignal?: number;
}

/** A program of the host: what it writes, and how it ends. */
export interface HostProgram {
  readonly code?: number;
  readonly signal?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** It ends only when it is killed; `talks`: and writes without pause until then. */
  readonly until?: 'killed' | 'killed, talks';
}
