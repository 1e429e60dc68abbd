/**
 * The one sys to the operating system.
 *
 * Both hosts bind the same C++ table (`native/core/table.cc`) to this interface: the executable through the QuickJS C API,
 * Node.js through Node-API. A function takes one flat object and answers one value; a failed system call throws a
 * {@link SystemError}. Nothing here decides: no defaults, no policy, no words for users.
 *
 * Paths are bytes without NUL; text is UTF-8. Every file descriptor that a function returns is close-on-exec.
 */

/** A file descriptor of this process. */
export type Fd = number;

/** At once on QuickJS, a promise on Node.js, where the call would hold up the event loop. */
export type Awaitable<T> = T | PromiseLike<T>;

/** What a failed call throws: `code` such as `ENOENT`, `call` such as `openat2`, and what it was called on. */
export interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly call: string;
  readonly subject: string;
}

/** The fields of stat(2) that are used; times are left out. `kind` is one of the words of find -type's long form. */
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
  /** 0 where the process was not killed by a signal. */
  readonly signal: number;
}

/** A message of tsrun-init; `native/plan_format.h` says what each type carries. */
export interface InitMessage {
  /** 1 sync, 2 failure, 3 respawned, 4 ready, 5 hook failed; 0: the socket was closed. */
  readonly type: number;
  /** Index of the operation in the plan. */
  readonly operation: number;
  /** Its number in `operations` (protocol/operations.ts): for a reader that does not have the plan; 0 for none. */
  readonly op: number;
  /** Step inside the operation (`step` of protocol/numbers/steps.ts). */
  readonly step: number;
  readonly errno: number;
  /** sync: which; respawned: the process id; hook failed: wait status. */
  readonly value: number;
  /** failure: the path or name concerned, and what the kernel's mount context logged. */
  readonly text: string;
  /** The process that sent it, as the kernel knows it; 0 where the socket does not ask for that, or it is in no pid namespace of ours. */
  readonly sender: number;
  /** A file descriptor that came along, where it was asked for; else -1. */
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

export interface Sys {
  // ---- files ----
  /**
   * openat2(2); `flags` are the numbers of asm-generic/fcntl.h, as on x86-64, on every machine; `resolve` the kernel's. O_CLOEXEC is added.
   * `directory` -1 or absent: AT_FDCWD.
   */
  open(o: { path: string; flags: number; mode?: number; directory?: Fd; resolve?: number }): Fd;
  close(o: { fd: Fd }): void;
  /** A whole file as text. EFBIG beyond `limit` bytes, EILSEQ where it is not UTF-8, EISDIR for a directory. */
  readText(o: { path: string; limit: number; directory?: Fd }): string;
  /** As readText, from the current position of an open file to its end. */
  readFd(o: { fd: Fd; limit: number }): string;
  /** A whole file as bytes. */
  readBytes(o: { path: string; limit: number }): Uint8Array;
  /** At most `limit` bytes that are there now; empty at the end of the file. EAGAIN as a SystemError. */
  readSome(o: { fd: Fd; limit: number }): Uint8Array;
  /** One open, one write of everything: cgroup files, pid files. `flags` beside O_WRONLY|O_CLOEXEC. */
  writeFile(o: { path: string; text: string; flags: number; mode?: number; directory?: Fd }): void;
  writeText(o: { fd: Fd; text: string }): void;
  /** memfd_create(2) that holds `text`, its position at the start: the standard input of a hook, a place for its output. */
  memoryFile(o: { text: string }): Fd;
  writeBytes(o: { fd: Fd; data: Uint8Array }): void;
  /** Temporary file in the same directory, write, fsync where `sync`, rename(2). With `directory` the path is relative to it. */
  replaceFile(o: { path: string; text: string; mode: number; sync: boolean; directory?: Fd }): void;
  /** As replaceFile, for bytes. */
  replaceBytes(o: { path: string; data: Uint8Array; mode: number; sync: boolean; directory?: Fd }): void;
  /** SHA-256 of the text, 64 hexadecimal digits. */
  digest(o: { text: string }): string;
  makeDirectory(o: { path: string; mode: number }): void;
  removeDirectory(o: { path: string }): void;
  unlink(o: { path: string }): void;
  rename(o: { from: string; to: string }): void;
  /**
   * Removes a directory and what is in it, never crossing a mount or following a symlink. An absent one is no error. With `fd` it is this
   * open directory that is emptied, and the path is removed only if it leads there.
   */
  removeTree(o: { path: string; fd?: Fd }): void;
  /** Names without . and .. , unsorted. */
  listDirectory(o: { path: string }): readonly string[];
  /** statx(2); null where the path does not exist (ENOENT, ENOTDIR). `fd` with an empty path: the open file itself. */
  status(o: { path: string; follow: boolean; fd?: Fd }): FileStatus | null;
  /**
   * access(2); false if the file is absent or may not be used so. Any other errno is thrown: the machine failed, and said nothing of the
   * file.
   */
  access(o: { path: string; mode: number }): boolean;
  realPath(o: { path: string }): string;
  readLink(o: { path: string }): string;
  /** f_type of statfs(2). */
  filesystemType(o: { path: string }): number;
  chown(o: { path: string; uid: number; gid: number }): void;
  /** A directory that nobody else can change: EPERM where another user owns it or may write to it, ENOTDIR for a symlink. */
  openOwnDirectory(o: { path: string }): Fd;
  /** Makes a directory and answers it open, locked, and empty: EEXIST where somebody else has, or had, one of this name. */
  takeDirectory(o: { path: string; mode: number }): Fd;
  /** Whether a file that announces changes by POLLPRI, such as /proc/self/mountinfo (proc(5)), did so since it was opened or last asked. */
  hasChanged(o: { fd: Fd }): boolean;
  /**
   * As openOwnDirectory, locked with flock(2) as long as it stays open; it still had its name when it was. -1 while another holds the lock.
   * With `fd` it is this open directory that is locked: ENOENT where the path does not lead there any more.
   */
  lockDirectory(o: { path: string; fd?: Fd }): Fd;
  /** It stays open. */
  unlockDirectory(o: { fd: Fd }): void;

  // ---- process and host ----
  /** Never returns. */
  exit(o: { code: number }): never;
  ids(): { readonly pid: number; readonly uid: number; readonly euid: number; readonly egid: number };
  /** The bounding set of this process as a mask, and the highest capability that the kernel knows. */
  capabilities(): { readonly bounding: number; readonly last: number };
  /** A text as UTF-8. */
  encodeText(o: { text: string }): Uint8Array;
  uname(): { readonly release: string; readonly machine: string; readonly hostname: string; readonly domainname: string };
  environment(): readonly string[];
  /** The value of one variable of it, or null. */
  variable(o: { name: string }): string | null;
  workingDirectory(): string;
  /** Milliseconds since 1970 and nanoseconds inside that millisecond; nanoseconds of CLOCK_MONOTONIC as a number. */
  clock(): { readonly realtime: number; readonly nanoseconds: number; readonly monotonic: number };
  /** Versions of what is linked in: seccomp "2.5.4" or "", engine "quickjs 2025-04-26" or "node 20.20.2". */
  versions(): { readonly seccomp: string; readonly engine: string };
  /** sched_getaffinity(2) of this process, in the notation of cpuset lists. */
  cpuAffinity(): string;
  /**
   * prlimit(2): raises the hard limit of a process where it is lower. Decimal digits, since a number does not hold 64 bits;
   * 18446744073709551615 is RLIM_INFINITY.
   */
  raiseLimit(o: { pid: number; resource: number; hard: string }): void;

  // ---- other processes ----
  openProcess(o: { pid: number }): Fd;
  /** pidfd_send_signal(2). */
  signalProcess(o: { pidfd: Fd; signal: number }): void;
  kill(o: { pid: number; signal: number }): void;
  /** waitid(2) with WNOHANG on a child's pidfd; null while it runs. ECHILD where it is not our child. */
  reap(o: { pidfd: Fd }): ProcessExit | null;
  /** Whether it is a child of ours that nobody has reaped. Its status is not taken. */
  isChild(o: { pidfd: Fd }): boolean;
  /** Whether the process has ended; its status is not taken. */
  hasEnded(o: { pidfd: Fd }): boolean;
  /** Whether a child has ended or is stopped (SIGSTOP); its status is not taken. */
  hasHalted(o: { pidfd: Fd }): boolean;
  /**
   * Waits until one of the descriptors can be read (a pidfd: until the process ended) or hung up; answers its index, -1 after `timeout`
   * milliseconds (negative: no limit). On Node.js through libuv's poll, on QuickJS through poll(2). With `background`, on Node.js alone,
   * the event loop may end meanwhile. EINTR: see {@link deferSignals}.
   */
  whenReadable(o: { fds: readonly Fd[]; timeout: number; background?: boolean }): Awaitable<number>;
  /**
   * vfork(2) and execve(2) of a program on the host (hooks, seccomp agents, newuidmap): only `environment`, signals and mask reset,
   * descriptors 0, 1, 2 as given and no others.
   */
  runProgram(o: {
    path: string;
    args: readonly string[];
    environment: readonly string[];
    directory: string;
    stdin: Fd;
    stdout: Fd;
    stderr: Fd;
  }): { readonly pid: number; readonly pidfd: Fd };

  // ---- containers ----
  /**
   * clone3(2) with CLONE_VM|CLONE_VFORK|CLONE_PIDFD (and CLONE_INTO_CGROUP where `cgroup` >= 0), in the child at once execveat(2) of the
   * sealed tsrun-init, which waits for its plan on the second of `sockets`, a pair; that one is closed here, whatever happens. The child
   * has stdio 0, 1, 2 as in `stdio`, of 3 .. 3+preserve-1 what is our caller's ({@link isInherited}), its socket at 3+preserve and `fds`
   * from 4+preserve on.
   */
  spawn(o: {
    cloneFlags: number;
    cgroup: Fd;
    sockets: readonly Fd[];
    fds: readonly Fd[];
    stdio: readonly Fd[];
    preserve: number;
  }): Awaitable<Cloned>;
  /**
   * The same on the calling thread, on Node.js too; the plan waits in the socket when tsrun-init begins, as far as there is room for it.
   */
  spawnHere(o: Parameters<Sys['spawn']>[0] & { plan: Uint8Array }): Cloned;
  /**
   * Its plan for a tsrun-init, which may not have been cloned yet. One that waits in the operation `nextPlan` gets `stdio` as 0, 1, 2 and
   * `fds` from 4 on along with it. EPIPE, or ECONNRESET, where it has ended.
   */
  sendPlan(o: { socket: Fd; plan: Uint8Array; fds?: readonly Fd[]; stdio?: readonly Fd[] }): void;
  /** The next message of tsrun-init: to be called after {@link whenReadable}. EBADMSG for what it never sends; descriptors that came
   * along are closed, but for one where `descriptor` asks for it. */
  receive(o: { socket: Fd; descriptor: boolean }): InitMessage;
  /** Tells a waiting tsrun-init to go on (`value` 0) or to give up. */
  reply(o: { socket: Fd; value: number }): void;
  /** Whether the other end of a UNIX socket has yet to read something that was sent (SIOCOUTQ). */
  hasUnread(o: { socket: Fd }): boolean;
  /**
   * From now on a signal that would end us ends a wait instead: {@link whenReadable} then fails with EINTR of `poll`, on the signal's
   * number. Those that follow are kept from us until we end. {@link holdSignals} ends this. For the command: signals of a program that uses
   * the library are its own.
   */
  deferSignals(): void;
  /** One that came since then outside of a wait; 0 for none. */
  deferredSignal(): number;
  /**
   * From now on signals are kept for {@link supervise}, which forwards them: called before the process runs, for somebody may signal us as
   * soon as they see its output.
   */
  holdSignals(): void;
  /**
   * A foreground container: forwards every signal this process gets to the container's init, copies the terminal (`master` >= 0, raw mode
   * on ours, restored on every way out; SIGWINCH carried over), reaps other children, returns when the process of `pidfd` has ended. With
   * `notices`, a bound datagram socket, the lines of its datagrams that begin with one of `notable` are carried on to `notified`, a
   * connected one.
   */
  supervise(o: { pidfd: Fd; master: Fd; forward: boolean; notices?: Fd; notified?: Fd; notable?: readonly string[] }): ProcessExit;
  /** BPF_PROG_LOAD of a BPF_PROG_TYPE_CGROUP_DEVICE program. */
  loadDeviceProgram(o: { program: Uint8Array }): Fd;
  /** BPF_PROG_ATTACH to the cgroup, which then holds the program; `replace`: instead of what tsrun attached before. */
  attachDeviceProgram(o: { cgroup: Fd; program: Fd; replace: boolean }): void;
  /** prctl(PR_SET_CHILD_SUBREAPER). */
  becomeSubreaper(): void;
  /**
   * open_tree(2) with OPEN_TREE_CLONE in the mount namespace of a process, and from its root; `recursive` adds AT_RECURSIVE; `follow` false
   * adds AT_SYMLINK_NOFOLLOW. The flags of the clone are locked where a user namespace owns that mount namespace.
   */
  cloneMount(o: { pid: number; pidfd: Fd; path: string; recursive: boolean; follow: boolean }): Fd;
  /** mount_setattr(2) with MOUNT_ATTR_IDMAP on a detached mount, by a user namespace descriptor. */
  idmapMount(o: { mount: Fd; userNamespace: Fd; recursive: boolean }): void;
  /** A user namespace with these maps (lines of uid_map), held by nothing but the descriptor. */
  makeUserNamespace(o: { uidMap: string; gidMap: string }): Fd;

  /**
   * rtnetlink(7): moves a network device of our namespace to the namespace `network`, renamed, with its permanent addresses of global
   * scope, and sets it up there. The subject of a failure is the device.
   */
  moveNetDevice(o: { name: string; newName: string; network: Fd }): void;

  // ---- cgroups ----
  /** The process ids in an open cgroup and all below it, unsorted; none where it is gone. E2BIG where there is no end to them. */
  cgroupProcesses(o: { directory: Fd }): readonly number[];
  /** Removes all cgroups below an open one, however many and deep; false while one of them has processes. */
  removeCgroupsBelow(o: { directory: Fd }): boolean;
  /** setxattr(2) with XATTR_CREATE, or fsetxattr(2) where there is a descriptor: false where the attribute exists. */
  setAttribute(o: { path: string; name: string; value: string; fd?: Fd }): boolean;
  removeAttribute(o: { fd: Fd; name: string }): void;
  /** lgetxattr(2), or fgetxattr(2) where there is a descriptor: null where there is none, or no file. */
  attribute(o: { path: string; name: string; fd?: Fd }): string | null;

  // ---- sockets and terminals ----
  /** Two ends of a stream; with `credentials` the first learns who sends (SO_PASSCRED). */
  socketPair(o: { credentials: boolean }): readonly Fd[];
  listenUnix(o: { path: string; backlog: number }): Fd;
  connectUnix(o: { path: string }): Fd;
  /** Whether anybody listens there, by a connection that is closed at once. */
  isListening(o: { path: string }): boolean;
  /** One message with one SCM_RIGHTS descriptor. */
  sendFd(o: { socket: Fd; fd: Fd; data: string }): void;
  /** The first descriptor of a message that has arrived. EAGAIN where none has, ENODATA where it has no descriptor or the peer is gone. */
  receiveFd(o: { socket: Fd }): Fd;
  /** pipe2(2): [read end, write end]. */
  pipe(): readonly Fd[];
  /**
   * Whether these can be a process's 0, 1 and 2: `hand over "standard input"` fails with EISDIR for a directory, and with EBADF for one
   * that is closed or was opened as a place only (O_PATH). Our own 0, 1 and 2 are opened on /dev/null where they are closed.
   */
  checkStreams(o: { stdio: readonly Fd[] }): void;
  /**
   * A duplicate of a program's descriptor, as a stream for a process. Fails as {@link checkStreams}, and with EBUSY where the number is one
   * of ours.
   */
  copyStream(o: { fd: Fd }): Fd;
  /** A descriptor that was ours is from now on that of somebody who closes it without us. */
  giveAway(o: { fd: Fd }): void;
  /** Whether a descriptor is open and our caller's: it came with our execve(2). */
  isInherited(o: { fd: Fd }): boolean;
  isTerminal(o: { fd: Fd }): boolean;
  terminalSize(o: { fd: Fd }): { readonly rows: number; readonly columns: number };
  resizeTerminal(o: { fd: Fd; rows: number; columns: number }): void;
  /** A datagram socket that receives at `path`; its file gets `mode`. */
  bindDatagram(o: { path: string; mode: number }): Fd;
  /**
   * A datagram socket that sends to `path`, such as that of sd_notify(3); with @ in front it is abstract. One {@link writeText} is one
   * datagram.
   */
  connectDatagram(o: { path: string }): Fd;

  // ---- seccomp ----
  /**
   * Compiles a profile, given in the flat form that `src/plan/process/seccomp.ts` documents, by libseccomp to the bytes of a struct
   * sock_filter array. ENOTSUP where libseccomp is not linked in.
   */
  compileSeccomp(o: { profile: Uint8Array }): Uint8Array;
  /** Whether the kernel knows all of these flags of SECCOMP_SET_MODE_FILTER (seccomp(2)); nothing is loaded. */
  knowsSeccompFlags(o: { flags: number }): boolean;
  /** pidfd_getfd(2). */
  takeFd(o: { pidfd: Fd; fd: Fd }): Fd;
}
