import { RuntimeError, type Phase } from '../../errors/runtime_error.js';

export interface Died {
  /** As the host sees it. */
  readonly pid: number;
  readonly phase: Phase;
}

/** The end of a process that had not said that it goes on: its program was never executed. */
export function diedBeforeExecution({ pid, phase }: Died): RuntimeError {
  return new RuntimeError(`execute program: tsrun-init, process ${pid}, ended before it executed it`, {
    code: 'setup',
    phase,
    operation: 'execve',
    hint: 'it was killed: by hand, by a seccomp filter, or for want of memory: see the memory limit of the container and the kernel log',
  });
}
