import type { ProcessExit } from '../sys/contract.js';

/** The exit code of a command that stands for a process: its own, or 128 + the signal that killed it, as shells and runc do. */
export function exitCode(exit: ProcessExit): number {
  return exit.signal > 0 ? 128 + exit.signal : exit.code;
}
