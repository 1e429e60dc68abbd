import { RuntimeError, type Phase } from '../../errors/runtime_error.js';

export interface Died {
  /** Its pid as the host sees it. */
  readonly pid: number;
  readonly phase: Phase;
}

/** A process ended before it said that it would execute its program, so the program was never executed. */
export function diedBeforeExecution({ pid, phase }: Died): RuntimeError {
  return new RuntimeError(`execute program: tsrun-init, process ${pid}, ended before it executed it`, {
    code: 'setup',
    phase,
    operation: 'execve',
    hint: "it may have been OOM-killed, killed by a signal or by a seccomp filter; check the container's memory limit and the kernel log",
  });
}
