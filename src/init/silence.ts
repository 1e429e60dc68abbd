import { RuntimeError, type Phase } from '../errors/runtime_error.js';

/** Milliseconds of silence after which a process is looked at, and how often it may be found alive: a minute together. */
const [pause, timeoutMs] = [5_000, 12];

export interface Silent {
  readonly phase: Phase;
  readonly pid: () => number;
  /** What it is that says nothing. `busy` is one that may take its time. Throws where it has died. */
  readonly look: () => 'stopped' | 'busy' | 'silent';
}

/**
 * A process of the container may stop tsrun-init before it executes its program, hold it by tracing it, or keep a copy of its socket when it has died: whoever called must not wait for ever. For
 * {@link follow}; nothing is looked at as long as it goes on within seconds.
 */
export function silenceOf({ phase, pid, look }: Silent): { readonly milliseconds: number; readonly check: () => void } {
  let silent = 0;
  const check = (): void => {
    const seen = look();
    if (seen === 'busy' || (seen === 'silent' && ++silent < timeoutMs)) return;
    throw new RuntimeError(
      `${phase}: tsrun-init, process ${pid()}, ${seen === 'stopped' ? 'was stopped' : 'said nothing for a minute'} before it executed the program`,
      {
        code: 'setup',
        phase,
        operation: 'tsrun-init',
        hint: `a process of the container may have stopped or traced it (SIGSTOP, CAP_SYS_PTRACE)${phase === 'start' ? ': if it is continued, it starts the program' : ', or frozen its cgroup'}`,
      },
    );
  };
  return { milliseconds: pause, check };
}
