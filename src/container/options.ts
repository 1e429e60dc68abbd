import type { Streams } from '../init/streams.js';
import type { HeldProcess } from '../host/process.js';
import type { Process } from '../spec/types.js';
import type { WrittenRecords } from '../state/written.js';
import type { ProcessCache } from '../cache/process.js';
import type { GivenDescriptors } from './create/preserve.js';
import type { SlotSource } from './warm/slot.js';

/** The state root and the id of a container. */
export interface ContainerReference {
  /** The state root, an absolute directory. */
  readonly root: string;
  /** Unique below the root: 1 to 1024 of the characters `A-Z a-z 0-9 _ + . -`. */
  readonly id: string;
  /** Its init, if this program created it and holds it; used instead of /proc to tell whether it lives. */
  readonly init?: HeldProcess;
  /** The records that this program has written, if it works on more than one container. */
  readonly records?: WrittenRecords;
}

/** Characters in a line, and lines. */
export interface SizeOfTerminal {
  readonly columns: number;
  readonly rows: number;
}

/**
 * A request to create a container, filled by the command or by the library, and passed on as it is to everything that creates. What
 * `prepare` finds out is in the `CreateInput` of the plan.
 */
export interface CreationRequest extends ContainerReference {
  /** How far the call goes, see {@link CreationGoal}. */
  readonly until: CreationGoal;
  /** The directory that contains `config.json`; relative to the working directory. */
  readonly bundle: string;
  /** A file to read instead of the bundle's `config.json`; relative to the working directory. */
  readonly configFile?: string;
  /** The text of a configuration, used instead of the one of the bundle's directory, where relative paths still start. */
  readonly configText?: string;
  /** Directories that take the place of the root file system, topmost first; with `overlay`. Used instead of the annotation. */
  readonly lowers?: readonly string[];
  /**
   * Leaves the root file system untouched: writes go to an upper layer in memory (`memory`), or below this absolute directory. Default: as
   * the bundle's annotations `org.tsrun.overlay*` say.
   */
  readonly overlay?: string;
  /** Annotations that the caller allows, of those that name something of the host (spec/annotations.ts). */
  readonly allowAnnotations?: readonly string[];
  /** Path of a UNIX socket that receives the master of the container's terminal. */
  readonly consoleSocket?: string;
  /** Gives the process a terminal of this size, even if config.json asks for none. Its master is the caller's ({@link Created}). */
  readonly terminalSize?: SizeOfTerminal;
  /** Path of the socket that receives the pidfd of the container's init. */
  readonly pidfdSocket?: string;
  readonly pidFile?: string;
  /** NOTIFY_SOCKET of the caller's environment. The container gets its own socket, from which notifications are forwarded to this one. */
  readonly notifySocket?: string;
  /** Changes the root without pivot_root(2), for a root file system on an initramfs. Default: false. */
  readonly noPivot?: boolean;
  /** The container keeps this program's session keyring. Default: false. */
  readonly noNewKeyring?: boolean;
  /** How many descriptors from 3 (after those of LISTEN_FDS) the container keeps. */
  readonly preserveFds?: number;
  /** What the container gets from 3 on in place of this process's numbers: a program hands over only what it was asked to. */
  readonly given?: GivenDescriptors;
  /** Value of --systemd-cgroup. */
  readonly systemdCgroup?: boolean;
  /** The container stays in the caller's cgroup; limits are refused, and device rules have no effect. */
  readonly noCgroup?: boolean;
  /** --rootless; absent for `auto`. */
  readonly rootless?: boolean | undefined;
  /** `exitWatch` of the record. */
  readonly exitWatch?: string;
  /** Called with what is configured but not done, if that does not prevent the creation. */
  readonly warn?: (message: string) => void;
  readonly streams?: Streams;
  /** Where to take a slot that is ready. */
  readonly slots?: SlotSource;
  /** Of a program that creates more than one container. */
  readonly cache?: ProcessCache;
  /** If the call lasts until the program has ended: the container's state stays. */
  readonly keep?: boolean;
  /** If the call lasts until the program has ended: this process does not become the parent of orphaned descendants. */
  readonly noSubreaper?: boolean;
}

/**
 * When the call of a creation is done: when it knows what it would do, when the container waits for `start`, when its program runs
 * (`run --detach`), or when its program has ended (`run`).
 */
export type CreationGoal = 'planned' | 'created' | 'running' | 'ended';

export interface StartOptions extends ContainerReference {
  /** As for create: `start` forwards notifications until the container says that it is ready. */
  readonly notifySocket?: string;
}

export interface KillOptions extends ContainerReference {
  readonly signalNumber: number;
  /** Every process in the container's cgroup. */
  readonly all?: boolean;
}

export interface DeleteOptions extends ContainerReference {
  /** Kill the container's processes; do not fail if the container does not exist. */
  readonly force?: boolean;
  /** For poststop hooks that have no timeout of their own, in seconds; without it they may run for ever. */
  readonly hookTimeout?: number;
}

/**
 * A request to execute a process in a container, filled by the command or by the library: a whole process document, or changes to the
 * configured process. What is found out about it is in the `ExecInput` of the plan.
 */
export interface ExecutionRequest extends ContainerReference {
  /** A parsed, validated process document (`-p`), or undefined. */
  readonly process?: Process;
  readonly args?: readonly string[];
  /** `NAME=value`, added to the configured environment or replacing parts of it. */
  readonly env?: readonly string[];
  /** Working directory, absolute and inside the container. */
  readonly cwd?: string;
  /** Ids inside the container. Without `gid`, the configured group. */
  readonly user?: {
    /** User id. */
    readonly uid: number;
    /** Group id. */
    readonly gid?: number;
  };
  /** Supplementary groups, inside the container. */
  readonly additionalGids?: readonly number[];
  readonly terminal?: boolean;
  /** Names such as `CAP_NET_ADMIN`, added to the configured sets. */
  readonly capabilities?: readonly string[];
  /** As `process.noNewPrivileges` of config.json. */
  readonly noNewPrivileges?: boolean;
  /** Name of a loaded AppArmor profile. */
  readonly apparmorProfile?: string;
  /** SELinux label of the process. */
  readonly processLabel?: string;
  /** Path of a sub-cgroup (`--cgroup`), relative to the container's. */
  readonly cgroup?: string;
  /** Executes in a paused container, too: the process runs when it is resumed. */
  readonly ignorePaused?: boolean;
  readonly consoleSocket?: string;
  /** As for create; `terminal` is set, too. */
  readonly terminalSize?: SizeOfTerminal;
  readonly pidfdSocket?: string;
  readonly pidFile?: string;
  readonly preserveFds?: number;
  /** As for create. */
  readonly given?: GivenDescriptors;
  readonly detach?: boolean;
  /** As for create. */
  readonly warn?: (message: string) => void;
  readonly streams?: Streams;
}

/** `creating` while its create runs, `created` until it is started, `paused` while it is frozen, `stopped` after the end of its init. */
export type ContainerStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

/** What `state` and `list` print: the state of the runtime specification and runc's additions. */
export interface ContainerState {
  /** Version of the runtime specification that the state follows. */
  readonly ociVersion: string;
  /** The container's id. */
  readonly id: string;
  /** Process id of its init on the host; 0 if the container is stopped. */
  readonly pid: number;
  /** What the container is doing. */
  readonly status: ContainerStatus;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Absolute path of the root file system. */
  readonly rootfs: string;
  /** Time of creation, RFC 3339 in UTC. */
  readonly created: string;
  /** Name of the user who created it; empty if the host does not know one. */
  readonly owner: string;
  /** The annotations of config.json. */
  readonly annotations?: Readonly<Record<string, string>>;
}
