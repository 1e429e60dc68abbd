/** A limit that a container's processes have reached, as the kernel counts it. */
export interface ReachedLimit {
  /** `memory`: the kernel has killed processes because memory ran out. `pids`: it has refused to make more processes or threads. */
  readonly name: 'memory' | 'pids';
  /**
   * The limit: bytes of memory, or a number of processes and threads. null if it is not the container's own, but one above it, or, for
   * memory, what the machine has.
   */
  readonly limit: number | null;
  /** How many processes were killed, or how many times a new one was refused. */
  readonly count: number;
  /** For people, such as `the memory limit of 268435456 bytes killed 1 process`. */
  readonly message: string;
}

type Counted = Omit<ReachedLimit, 'message'>;

export function reachedLimit(counted: Counted): ReachedLimit {
  return { ...counted, message: counted.name === 'memory' ? killed(counted) : refused(counted) };
}

function killed({ limit, count }: Counted): string {
  const processes = `killed ${count} ${count === 1 ? 'process' : 'processes'}`;
  return limit === null
    ? `the kernel ${processes} because memory ran out outside of the container`
    : `the memory limit of ${limit} bytes ${processes}`;
}

function refused({ limit, count }: Counted): string {
  const forks = `refused ${count} ${count === 1 ? 'fork' : 'forks'}`;
  return limit === null ? `a limit outside of the container ${forks}` : `the limit of ${limit} processes ${forks}`;
}
