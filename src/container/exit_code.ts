import type { ProcessExit } from '../sys/contract.js';

/** The exit code of a command that stands for a process: the process's own, or 128 + the signal that killed it, as in shells and runc. */
export function exitCode(exit: ProcessExit): number {
  return exit.signal > 0 ? 128 + exit.signal : exit.code;
}
