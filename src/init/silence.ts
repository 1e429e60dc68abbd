import { RuntimeError, type Phase } from '../errors/runtime_error.js';

/** After how many milliseconds of silence a process is examined, and how often it may be found alive: one minute in total. */
const [pauseMs, mostLooks] = [5_000, 12];

export interface Silent {
  readonly phase: Phase;
  readonly pid: () => number;
  /** Says what the silent process is doing. `busy` means that it may take its time. Throws if the process is dead. */
  readonly look: () => 'stopped' | 'busy' | 'silent';
}

/**
 * For {@link follow}. A process of the container may stop tsrun-init before it executes its program, trace it, or keep a copy of its socket
 * after it died; the caller must not wait forever. Nothing is examined as long as tsrun-init makes progress within seconds.
 */
export function silenceOf({ phase, pid, look }: Silent): { readonly milliseconds: number; readonly check: () => void } {
  let silent = 0;
  const check = (): void => {
    const seen = look();
    if (seen === 'busy' || (seen === 'silent' && ++silent < mostLooks)) return;
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
  return { milliseconds: pauseMs, check };
}
