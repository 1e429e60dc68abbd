/** A file descriptor of this process. */
export type Fd = number;

/** Immediate on QuickJS; a promise on Node.js if the call could block the event loop. */
export type Awaitable<T> = T | PromiseLike<T>;

/** What a failed call throws: `code` such as `ENOENT`, `call` such as `openat2`, and the object of the call. */
export interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly call: string;
  readonly subject: string;
}

/** The fields of stat(2) that are used; times are left out. `kind` names the file type. */
export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo' | 'socket';
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly inode: number;
  readonly device: number;
  readonly major: number;
  readonly minor: number;
  /** Id of the mount that the path leads to (statx(2), STATX_MNT_ID). */
  readonly mount: number;
  /** Whether it is the root of that mount. */
  readonly mountRoot: boolean;
}

/** How a process ended: an exit status, or the signal that killed it (then `code` is -1). */
export interface ProcessExit {
  readonly code: number;
  /** 0 if no signal killed the process. */
  readonly signal: number;
}

/** A message of tsrun-init; `native/plan_format.h` defines the contents of each type. */
export interface InitMessage {
  /** 1 sync, 2 failure, 3 respawned, 4 ready, 5 hook failed; 0: the socket was closed. */
  readonly type: number;
  /** Index of the operation in the plan. */
  readonly operation: number;
  /** The operation's number in `operations` (protocol/operations.ts), for a reader that does not have the plan; 0 for none. */
  readonly op: number;
  /** Step inside the operation (`step` of protocol/numbers/steps.ts). */
  readonly step: number;
  readonly errno: number;
  /** sync: the sync point; respawned: the process id; hook failed: the wait status. */
  readonly value: number;
  /** failure: the path or name concerned, and the log of the kernel's mount context. */
  readonly text: string;
  /**
   * The process that sent it, according to the kernel; 0 if the socket does not request that, or the process is in no pid namespace that we
   * see.
   */
  readonly sender: number;
  /** A descriptor that came with the message, if it was requested; otherwise -1. */
  readonly fd: Fd;
}

export interface Cloned {
  readonly pid: number;
  readonly pidfd: Fd;
}

export interface Spawned extends Cloned {
  /** Our end of the stream socket to tsrun-init. */
  readonly socket: Fd;
}
