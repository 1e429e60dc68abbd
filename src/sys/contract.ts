import type { FileCalls } from './files.js';
import type { Awaitable, Cloned, Fd, InitMessage, ProcessExit } from './values.js';

export type * from './values.js';

/**
 * The only interface to the operating system.
 *
 * Both hosts bind the same C++ table (`native/core/table.cc`) to this interface: the executable through the QuickJS C API, Node.js through
 * Node-API. A function takes one flat object and returns one value; a failed system call throws a {@link SystemError}. Nothing here
 * decides: there are no defaults, no policy, and no messages for users.
 *
 * Paths are bytes without NUL; text is UTF-8. Every file descriptor that a function returns is close-on-exec.
 */
export interface Sys extends FileCalls {
  // ---- process and host ----
  /** Never returns. */
  exit(o: { code: number }): never;
  /** `secure` if the program has rights that its caller may not have, such as by its set-user-ID bit (AT_SECURE of getauxval(3)). */
  ids(): { readonly pid: number; readonly uid: number; readonly euid: number; readonly egid: number; readonly secure: boolean };
  /** The bounding set of this process as a mask, and the kernel's highest capability number. */
  capabilities(): { readonly bounding: number; readonly last: number };
  /** A text as UTF-8. */
  encodeText(o: { text: string }): Uint8Array;
  uname(): { readonly release: string; readonly machine: string; readonly hostname: string; readonly domainname: string };
  /**
   * What a child has from this process after fork(2) and execve(2) unless something changes it (host/handed_down.cc has the list), and the
   * names that a new UTS namespace starts with; and, if asked for, its cgroups of version 1. As digests, for comparison; '' for no cgroups.
   */
  handedDown(o: { otherCgroups: boolean }): { readonly attributes: string; readonly otherCgroups: string };
  environment(): readonly string[];
  /** The value of one environment variable, or null. */
  variable(o: { name: string }): string | null;
  workingDirectory(): string;
  /** Milliseconds since 1970, nanoseconds within that millisecond, and CLOCK_MONOTONIC in nanoseconds as a number. */
  clock(): { readonly realtime: number; readonly nanoseconds: number; readonly monotonic: number };
  /** Versions of linked libraries: seccomp "2.5.4" or "", engine "quickjs 2025-04-26" or "node 20.20.2". */
  versions(): { readonly seccomp: string; readonly engine: string };
  /** sched_getaffinity(2) of this process, in the notation of cpuset lists. */
  cpuAffinity(): string;
  /**
   * prlimit(2): raises the hard limit of a process if it is lower. Takes decimal digits, because a number cannot represent 64 bits;
   * 18446744073709551615 is RLIM_INFINITY.
   */
  raiseLimit(o: { pid: number; resource: number; hard: string }): void;

  // ---- other processes ----
  openProcess(o: { pid: number }): Fd;
  /** pidfd_send_signal(2). */
  signalProcess(o: { pidfd: Fd; signal: number }): void;
  /** kill(2): with a negative `pid`, of a process group. */
  kill(o: { pid: number; signal: number }): void;
  /** waitid(2) with WNOHANG on a child's pidfd; null while it runs, or a tracer keeps it (`reapEnded`). ECHILD if it is not our child. */
  reap(o: { pidfd: Fd }): ProcessExit | null;
  /** Whether it is our child and has not been reaped. Does not reap it. */
  isChild(o: { pidfd: Fd }): boolean;
  /** Whether the process has ended. Does not reap it. */
  hasEnded(o: { pidfd: Fd }): boolean;
  /** Whether a child has ended or is stopped (SIGSTOP). Does not reap it. */
  hasHalted(o: { pidfd: Fd }): boolean;
  /**
   * Waits until one of the descriptors is readable (a pidfd: until the process has ended) or hung up, and returns its index; -1 after
   * `timeout` milliseconds (negative: no limit). Uses libuv's poll on Node.js, and poll(2) on QuickJS. With `background`, which only
   * affects Node.js, the event loop may end meanwhile. EINTR: see {@link deferSignals}.
   */
  whenReadable(o: { fds: readonly Fd[]; timeout: number; background?: boolean }): Awaitable<number>;
  /**
   * vfork(2) and execve(2) of a program on the host (hooks, seccomp agents, newuidmap): with only `environment`, with signals and mask
   * reset, with the given descriptors 0, 1, 2, those of `fds` from 3 on, and no others. With `mounts`, in a mount namespace of its own,
   * where these are made first: source, target, type, options and flags (`nosuid,nodev,noexec`) of each; without a type, a bind of the
   * whole tree; with the type `detached` the source is the number of a detached mount, which is attached. With `network`, in this network
   * namespace. With `group`, in a process group of its own: a signal of a terminal reaches tsrun alone.
   */
  runProgram(o: {
    path: string;
    args: readonly string[];
    environment: readonly string[];
    directory: string;
    stdin: Fd;
    stdout: Fd;
    stderr: Fd;
    fds?: readonly Fd[];
    mounts?: readonly string[];
    network?: Fd;
    group?: boolean;
  }): { readonly pid: number; readonly pidfd: Fd };

  // ---- containers ----
  /**
   * clone3(2) with CLONE_VM|CLONE_VFORK|CLONE_PIDFD (and CLONE_INTO_CGROUP if `cgroup` >= 0). The child immediately calls execveat(2) of
   * the sealed tsrun-init, which waits for its plan on the second of `sockets`, a pair; that one is always closed here. The child has
   * `stdio` as 0, 1, 2 and on, at most up to 3+preserve-1, then our caller's descriptors ({@link isInherited}) up to there, its socket at
   * 3+preserve, and `fds` from 4+preserve on.
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
   * Like spawn, on the calling thread even on Node.js. When tsrun-init begins, the plan is already in the socket, as far as it fits.
   */
  spawnHere(o: Parameters<Sys['spawn']>[0] & { plan: Uint8Array }): Cloned;
  /**
   * Sends its plan to a tsrun-init, which may not have been cloned yet. One that waits in the operation `nextPlan` also gets `stdio` as 0,
   * 1, 2 and `fds` from 4 on. EPIPE or ECONNRESET if it has ended.
   */
  sendPlan(o: { socket: Fd; plan: Uint8Array; fds?: readonly Fd[]; stdio?: readonly Fd[] }): void;
  /** The next message of tsrun-init: to be called after {@link whenReadable}. EBADMSG for what it never sends; descriptors that came
   * along are closed, but for one where `descriptor` asks for it. */
  receive(o: { socket: Fd; descriptor: boolean }): InitMessage;
  /** Tells a waiting tsrun-init to continue (`value` 0) or to give up. */
  reply(o: { socket: Fd; value: number; passing?: boolean }): void;
  /** Whether the other end of a UNIX socket has yet to read something that was sent (SIOCOUTQ). */
  hasUnread(o: { socket: Fd }): boolean;
  /**
   * From now on, a signal that would kill us ends a wait instead: {@link whenReadable} then fails with EINTR of `poll` on the signal's
   * number. Later signals stay blocked until we end. {@link holdSignals} ends this. For the command only: the signals of a program that
   * uses the library are its own.
   */
  deferSignals(): void;
  /** A deferred signal that came outside of a wait; 0 for none. */
  deferredSignal(): number;
  /**
   * From now on, signals are kept for {@link supervise}, which forwards them. Call it before the process runs, because somebody may signal
   * us as soon as they see its output. After that supervision they are deferred again, as by {@link deferSignals}.
   */
  holdSignals(): Awaitable<void>;
  /**
   * Supervises a foreground container: forwards every signal that this process gets to the container's init, copies the terminal (`master`
   * >= 0; ours is in raw mode until the end, and SIGWINCH is passed on), reaps other children, and returns when the process of `pidfd` has
   * ended. With `notices`, a bound datagram socket, lines of its datagrams that begin with one of `notable` are forwarded to `notified`, a
   * connected one.
   */
  supervise(o: { pidfd: Fd; master: Fd; forward: boolean; notices?: Fd; notified?: Fd; notable?: readonly string[] }): ProcessExit;
  /** BPF_PROG_LOAD of a BPF_PROG_TYPE_CGROUP_DEVICE program. */
  loadDeviceProgram(o: { program: Uint8Array }): Fd;
  /** BPF_PROG_ATTACH to the cgroup, which then holds the program; `replace`: in place of the one that tsrun attached before. */
  attachDeviceProgram(o: { cgroup: Fd; program: Fd; replace: boolean }): void;
  /** prctl(PR_SET_CHILD_SUBREAPER). */
  becomeSubreaper(): void;
  /** The opposite. Orphans that have become children stay children. */
  resignSubreaper(): void;
  /**
   * open_tree(2) with OPEN_TREE_CLONE in the mount namespace of a process, and from its root; `recursive` adds AT_RECURSIVE; `follow` false
   * adds AT_SYMLINK_NOFOLLOW. If a user namespace owns that mount namespace, the clone's flags are locked.
   */
  cloneMount(o: { pid: number; pidfd: Fd; path: string; recursive: boolean; follow: boolean }): Fd;
  /**
   * A new tmpfs that is mounted nowhere (fsopen(2), fsmount(2)); the source is its name in mount tables, the mode, in octal digits, its
   * root's.
   */
  detachedTmpfs(o: { source: string; mode: string }): Fd;
  /** mount_setattr(2) with MOUNT_ATTR_IDMAP on a detached mount, by a user namespace descriptor. */
  idmapMount(o: { mount: Fd; userNamespace: Fd; recursive: boolean }): void;
  /** Creates a user namespace with these maps (lines of uid_map) that only the descriptor keeps alive. */
  makeUserNamespace(o: { uidMap: string; gidMap: string }): Fd;
  /**
   * As this user, by setfsuid(2), and with all capabilities of this process: makes a file, whose open descriptor it returns, a directory
   * with `mode`, a symbolic link to `target`, or a further name or the new name of `target` in the directory `from` (openat(2) with O_EXCL,
   * mkdirat(2), symlinkat(2), linkat(2), renameat(2)). All but the first return -1. What is made belongs to the user from the beginning. No
   * symbolic link is followed. ESTALE if somebody has put something else in its place.
   */
  makeAs(o: {
    directory: Fd;
    name: string;
    kind: 'file' | 'directory' | 'symlink' | 'link' | 'rename';
    target?: string;
    from?: Fd;
    uid: number;
    gid: number;
    mode?: number;
  }): Fd;

  /**
   * rtnetlink(7): moves a network device from our namespace to the namespace `network`, renames it, keeps its permanent addresses of global
   * scope, and sets it up there. The object of a failure is the device.
   */
  moveNetDevice(o: { name: string; newName: string; network: Fd }): void;

  // ---- cgroups ----
  /**
   * inotify(7) with IN_MODIFY, which a cgroup file such as `memory.events` announces a change by (cgroup-v2.rst): a descriptor that is
   * readable when the file has changed since {@link readSome} last emptied it. EMFILE at the user's limit
   * (`fs.inotify.max_user_instances`).
   */
  watchFile(o: { path: string }): Fd;
  /** The process ids in an open cgroup and all below it, unsorted; empty if it is gone. E2BIG if there are too many cgroups. */
  cgroupProcesses(o: { directory: Fd }): readonly number[];
  /** Removes all cgroups below an open one, however many and deep; false while one of them has processes. */
  removeCgroupsBelow(o: { directory: Fd }): boolean;
  /** setxattr(2) with XATTR_CREATE, or fsetxattr(2) if `fd` is given; false if the attribute exists. */
  setAttribute(o: { path: string; name: string; value: string; fd?: Fd }): boolean;
  removeAttribute(o: { fd: Fd; name: string }): void;
  /** lgetxattr(2), or fgetxattr(2) if `fd` is given; null if there is no attribute, or no file. */
  attribute(o: { path: string; name: string; fd?: Fd }): string | null;

  // ---- sockets and terminals ----
  /**
   * A pair of connected stream sockets; with `credentials` the first one reports who sends (SO_PASSCRED). With `packets` they keep messages
   * apart (SOCK_SEQPACKET).
   */
  socketPair(o: { credentials: boolean; packets?: boolean }): readonly Fd[];
  /**
   * The next message of a socket that keeps them apart, with the descriptor that came along, or -1; empty at the end. EMSGSIZE if it is
   * longer than `limit`. To be called after {@link whenReadable}.
   */
  receivePacket(o: { socket: Fd; limit: number }): { readonly data: Uint8Array; readonly fd: Fd };
  /** With `mode`, the file has at most these permissions, from the beginning; the umask applies. */
  listenUnix(o: { path: string; backlog: number; mode?: number }): Fd;
  /**
   * With `word`, a short-lived process connects, sends it as {@link reply} does, and exits, so that the other end cannot get a pidfd of
   * this process (SO_PEERPIDFD). With `atOnce`, it fails with EAGAIN instead of waiting for a peer whose backlog is full, and reads and
   * writes of the socket do not wait either.
   */
  connectUnix(o: { path: string; word?: number; atOnce?: boolean }): Fd;
  /** Whether anybody listens there. Makes a connection and closes it immediately. */
  isListening(o: { path: string }): boolean;
  /** Ends TCP_REPAIR, the state in which CRIU reads a TCP socket; returns whether the socket was in it. false if it is no TCP socket. */
  endTcpRepair(o: { socket: Fd }): boolean;
  /** One message with one SCM_RIGHTS descriptor. */
  sendFd(o: { socket: Fd; fd: Fd; data: string }): void;
  /**
   * The first descriptor of a message that has arrived. EAGAIN if there is no message, ENODATA if it has no descriptor or the peer is gone.
   */
  receiveFd(o: { socket: Fd }): Fd;
  /** pipe2(2): [read end, write end]. */
  pipe(): readonly Fd[];
  /**
   * Checks whether these can be a process's 0, 1 and 2: `hand over "standard input"` fails with EISDIR for a directory, and with EBADF for
   * a descriptor that is closed or O_PATH. Our own 0, 1 and 2 are opened on /dev/null if they are closed.
   */
  checkStreams(o: { stdio: readonly Fd[] }): void;
  /**
   * Duplicates a program's descriptor, as a stream for a process, whose reads and writes wait although those of the program may not
   * (O_NONBLOCK). Fails as {@link checkStreams} does, and with EBUSY if the descriptor is one of ours.
   */
  copyStream(o: { fd: Fd }): Fd;
  /** From now on, the descriptor belongs to somebody else, who will close it without us. */
  giveAway(o: { fd: Fd }): void;
  /** Whether a descriptor is open and our caller's, i.e. it came with our execve(2). */
  isInherited(o: { fd: Fd }): boolean;
  isTerminal(o: { fd: Fd }): boolean;
  terminalSize(o: { fd: Fd }): { readonly rows: number; readonly columns: number };
  resizeTerminal(o: { fd: Fd; rows: number; columns: number }): void;
  /** The other side of a terminal's master (TIOCGPTPEER). */
  openTerminal(o: { fd: Fd }): Fd;
  /** A datagram socket that receives at `path`; its file gets `mode`. */
  bindDatagram(o: { path: string; mode: number }): Fd;
  /**
   * A datagram socket that sends to `path`, such as that of sd_notify(3); a leading @ means an abstract name. Each {@link writeText} sends
   * one datagram.
   */
  connectDatagram(o: { path: string }): Fd;

  // ---- for the event loop of the shim ----
  /** accept4(2), without waiting. Reads and writes of the new socket do not wait, either. EAGAIN if nobody connects. */
  acceptUnix(o: { socket: Fd }): Fd;
  /** send(2) of `data` from an index on, without waiting; returns how many bytes were sent. */
  sendSome(o: { socket: Fd; data: Uint8Array; from: number }): number;
  /** splice(2), without waiting for the pipe; 0 at the end of the data. */
  splice(o: { from: Fd; to: Fd; limit: number }): number;
  /** Sets O_NONBLOCK of the open file, which other descriptors may share. */
  setNonBlocking(o: { fd: Fd }): void;
  /** Blocks signals, and returns a descriptor that is readable when one has arrived (signalfd(2)). */
  openSignals(o: { signals: readonly number[] }): Fd;
  /** mount(2) of the host, with `directory` as working directory meanwhile. */
  mount(o: { type: string; source: string; target: string; flags: number; data: string; directory?: string }): void;
  /** umount2(2), without following a symbolic link. */
  unmount(o: { path: string; detach: boolean }): void;
  /** open_tree(2) with OPEN_TREE_CLONE in our own mount namespace; `recursive` adds AT_RECURSIVE. */
  cloneOwnMount(o: { path: string; recursive: boolean }): Fd;
  /** move_mount(2) of a detached mount; follows symbolic links of `target` as mount(2) does. */
  attachMount(o: { mount: Fd; target: string }): void;
  /**
   * A detached overlay whose lower layers, from the top, have the ids of a user namespace (Linux 5.19). It is made in a mount namespace
   * that goes with the call, where `place`, a directory that none of the other paths is below, is covered meanwhile. `flags` are those of
   * mount(2), `data` is what follows `lowerdir` of its options. E2BIG for more than one page of options.
   */
  overlayMapped(o: { layers: readonly string[]; userNamespace: Fd; place: string; flags: number; data: string }): Fd;

  // ---- seccomp ----
  /**
   * Compiles a profile, in the flat form that `src/seccomp/flat.ts` documents, with libseccomp to the bytes of a struct sock_filter array.
   * ENOTSUP if libseccomp is not linked in.
   */
  compileSeccomp(o: { profile: Uint8Array }): Uint8Array;
  /** Whether the kernel supports all of these flags of SECCOMP_SET_MODE_FILTER (seccomp(2)); loads nothing. */
  knowsSeccompFlags(o: { flags: number }): boolean;
  /** pidfd_getfd(2). */
  takeFd(o: { pidfd: Fd; fd: Fd }): Fd;
}
