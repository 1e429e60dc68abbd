import type { HostFacts } from '../host/facts.js';
import type { Integer64 } from '../json/integer64.js';
import type { Process, Spec, ValidSpec } from '../spec/types.js';
import type { Operation } from '../protocol/operations.js';

/** The requested overlay: `lowers` topmost first; a null `upper` means the container's own tmpfs. */
export interface OverlayRequest {
  readonly lowers: readonly string[];
  /** A directory in which `upper` and `work` are created, or null for memory. */
  readonly directory: string | null;
}

/** Everything that determines the plan of a new container. All paths are absolute and without symlinks. */
export interface CreateInput {
  readonly id: string;
  readonly spec: ValidSpec;
  readonly bundle: string;
  readonly rootfs: string;
  readonly host: HostFacts;
  /** The container's cgroup below the mount point, such as `/tsrun/web`; null if there is none. */
  readonly cgroupPath: string | null;
  /** The container's directory below the state root. */
  readonly stateDirectory: string;
  /** The directory of the notify socket, if the caller has a supervisor that listens for notifications. */
  readonly notifyDirectory?: string;
  readonly overlay: OverlayRequest | null;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  /** How many descriptors from 3 on the user's program keeps (LISTEN_FDS and --preserve-fds). */
  readonly preserve: number;
  /** The value for LISTEN_FDS in the container's environment, 0 for none. */
  readonly listenFds: number;
  /** Whether init waits on the listening socket (create) or on tsrun itself (run). */
  readonly waitsOnListener: boolean;
  /** Compiled seccomp filter, if the spec has a profile. */
  readonly seccompFilter: Uint8Array | null;
  /** Whether lines of the terminal end with only a line feed, because tsrun does not write them to a screen. */
  readonly plainLines?: boolean;
}

/** Everything that determines the plan of a process in an existing container. */
export interface ExecInput {
  readonly id: string;
  /** The configuration the container was created with. */
  readonly spec: Spec;
  readonly rootfs: string;
  readonly process: Process;
  readonly host: HostFacts;
  readonly noNewKeyring: boolean;
  /** As in {@link CreateInput}. */
  readonly preserve: number;
  readonly listenFds: number;
  readonly seccompFilter: Uint8Array | null;
  readonly plainLines?: boolean;
  /** The container's user namespace denies setgroups(2), and none are asked for. */
  readonly keepsGroups?: boolean;
}

/** How the ids of a mount are mapped: by its own maps, or by those of an existing user namespace, whose file is at `path`. */
export type MountIdmap = { readonly recursive: boolean } & (
  { readonly uidMap: string; readonly gidMap: string } | { readonly path: string }
);

/** What tsrun opens and passes to tsrun-init, in the order of the descriptors. */
export type Descriptor =
  | { readonly kind: 'namespace'; readonly path: string; readonly type: string }
  /** The socket that `start` connects to. */
  | { readonly kind: 'listener' }
  /** The directory of the notify socket, to prove that the source of its mount is still the same. */
  | { readonly kind: 'notifyDirectory' }
  /** Where the terminal's master is sent: the console socket, or one end of a socket pair. */
  | { readonly kind: 'console' }
  /** The pidfd of the container's init, whose namespaces a process of exec enters. */
  | { readonly kind: 'process' };

/**
 * The host's part in the creation of a process, and the operations of tsrun-init. A pure function of {@link CreateInput} or {@link
 * ExecInput}.
 */
export interface ContainerPlan {
  /** CLONE_NEW* flags of the namespaces created by the clone. */
  readonly cloneFlags: number;
  /** Descriptor i is number 4 + preserve + i in tsrun-init. */
  readonly descriptors: readonly Descriptor[];
  readonly operations: readonly Operation[];
  /** Lines for uid_map and gid_map of the new user namespace, if one is created. */
  readonly idMaps: { readonly uidMap: string; readonly gidMap: string } | null;
  /**
   * The maps of the id-mapped mounts, which tsrun applies when it is asked for their sources. Mount operations refer to them by their index
   * here.
   */
  readonly mountIdmaps: readonly MountIdmap[];
  /**
   * Hard limits that tsrun raises at the sync point `idMaps` if they are lower, since a user namespace may not: resource number, hard
   * limit.
   */
  readonly hostLimits: readonly { readonly resource: number; readonly hard: Integer64 }[];
  /** Written by tsrun to /proc/<pid>/oom_score_adj at the sync point `idMaps`; null if tsrun-init does it. */
  readonly hostOomScoreAdj: number | null;
}
