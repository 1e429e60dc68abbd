import type { Fd } from './values.js';

/** What only a server needs of the host. The executable has it, Node.js has not: there a server would use what Node.js has. */
export interface ServerSys {
  /** From now on, `turn` is called whenever nothing is left to do. It waits for events, and handles them. */
  serve(turn: () => void): void;
  /** poll(2): which of the requested events have happened, for each descriptor. A negative `timeout` is no limit. */
  poll(o: { fds: readonly Fd[]; events: readonly number[]; timeout: number }): readonly number[];
  /** fork(2): 0 in the child, which has /dev/null as standard streams and is the leader of a process group of its own. */
  fork(): number;
}
