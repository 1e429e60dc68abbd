import type { Fd } from './values.js';

/** What only a server needs of the host. The executable has it, Node.js has not: there a server would use what Node.js has. */
export interface ServerSys {
  /** From now on, `turn` is called whenever nothing is left to do. It waits for events, and handles them. */
  serve(turn: () => void): void;
  /**
   * poll(2). Returns two numbers for each descriptor for which something has happened: its index, and the events. A negative `timeout` is
   * no limit. With `rest`, gives back memory before it waits that the kernel brings back when it is used: the next event costs some 0.1 ms
   * more.
   */
  poll(o: { fds: readonly Fd[]; events: readonly number[]; timeout: number; rest: boolean }): readonly number[];
  /**
   * Has another process run containerd's shim with these arguments, from its beginning, as if it had been executed. It has the socket as
   * descriptor 3, /dev/null as standard streams, no other descriptor, and a process group of its own. It was forked when this process
   * began; if this one has `changed` since then, such as its cgroup, another one is forked now. Returns its pid.
   */
  fork(o: { args: readonly string[]; socket: Fd; changed: boolean }): number;
  /** Ends the process that `fork` would use. */
  dismiss(): void;
  /** The listening socket that `fork` gave to this process. EBADF or ENOTSOCK if it has none. */
  inheritedSocket(): Fd;
  /**
   * The text of these bytes, or undefined if one of them is not ASCII. Its arguments are not in an object, because it is called so often.
   */
  readAscii(bytes: Uint8Array, from: number, to: number): string | undefined;
  /** Writes a text and returns the index after it. If the text is not ASCII, writes nothing and returns a negative number. */
  writeAscii(bytes: Uint8Array, at: number, text: string): number;
}
