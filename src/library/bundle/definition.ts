import type { ConfigMount } from './config/mount.js';
import type { ConfigSeccomp } from './config/seccomp.js';

/** A set of defaults: see {@link defineBundle}. */
export type PresetName = 'sandbox' | 'service' | 'build';

/** Who a process is, inside the container. */
export interface BundleUser {
  /** User id. */
  readonly uid: number;
  /** Group id. Default: the user id. */
  readonly gid?: number;
  /** Supplementary groups. Default: none. */
  readonly additionalGids?: readonly number[];
}

/** What the processes of a container may use together; `openFiles` is for each of them. `none` is no limit. */
export interface BundleLimits {
  /** Bytes of memory, without swap. */
  readonly memory?: number | 'none';
  /** Processors, such as 0.5. */
  readonly cpus?: number | 'none';
  /** Processes and threads. */
  readonly pids?: number | 'none';
  /** Open files of one process. Without a limit, as many as this program may open. */
  readonly openFiles?: number | 'none';
}

/** Ids of the host that a user namespace uses: id 0 of the container is the first. */
export interface BundleIds {
  /** The first user id. */
  readonly uid: number;
  /** The first group id. Default: `uid`. */
  readonly gid?: number;
  /** How many of each. Default: 65536. */
  readonly size?: number;
}

/** What {@link defineBundle} makes a configuration of. */
export interface BundleDefinition {
  /** What is taken for everything that is left out: see {@link defineBundle}. Default: `sandbox`. */
  readonly preset?: PresetName;
  /** The root file system, a directory; absolute, or relative to the working directory of the call that creates the container. */
  readonly rootfs?: string;
  /** In place of `rootfs`: directories that are its layers, topmost first, all absolute. They are never written to. */
  readonly layers?: readonly string[];
  /** The program and its arguments. */
  readonly args: readonly string[];
  /** The environment. `PATH` is set unless it is given here; nothing is taken from this program's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The working directory. Default: `/`. */
  readonly cwd?: string;
  /** Default: 65534 in a sandbox, otherwise 0. */
  readonly user?: BundleUser;
  /** The host name. Default: `container`. */
  readonly hostname?: string;
  /** Mounts besides `/proc`, `/dev`, `/sys` and `/tmp`, in this order after them. */
  readonly mounts?: readonly ConfigMount[];
  /** Whether the root file system may be written to. Writes to `layers` go to memory. Default: false; true for `build`. */
  readonly writable?: boolean;
  /** Bytes that fit into `/tmp`, which is in memory; 0 for no `/tmp`. Default: 64 MiB; 1 GiB for `build`. */
  readonly scratch?: number;
  /** Those that are given replace those of the preset; `none` sets none at all. */
  readonly limits?: BundleLimits | 'none';
  /**
   * `none`: a network namespace with nothing but a loopback interface. `host`: the host's network. Otherwise the path of a namespace.
   * Default: `none`.
   */
  readonly network?: string;
  /** All capabilities of the process, such as `CAP_NET_BIND_SERVICE`. Default: as the preset says. */
  readonly capabilities?: readonly string[];
  /** The default is Docker's profile for the capabilities. */
  readonly seccomp?: 'default' | 'unconfined' | ConfigSeccomp;
  /**
   * Puts the container into a user namespace, so that its root is nobody on the host. Default: none. It has to map `user`. A program of a
   * user who is not root needs one: `{ uid, gid, size: 1 }` with its own ids, `user: { uid: 0 }`, and no `limits` unless its cgroup is
   * delegated to it; more ids need newuidmap(1), and a line for this user in /etc/subuid and /etc/subgid.
   */
  readonly userNamespace?: BundleIds;
  /** Annotations. Those that name something of the host must be allowed: see {@link RuntimeOptions.allowAnnotations}. */
  readonly annotations?: Readonly<Record<string, string>>;
}
