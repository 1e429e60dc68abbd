/** What the plan needs to know about the machine: read once by `src/host/read.ts`, and a plain value everywhere else. */
export interface HostFacts {
  readonly kernel: { readonly major: number; readonly minor: number };
  /** `x86_64`, `aarch64`: uname(2). */
  readonly machine: string;
  /** The effective user id of tsrun. */
  readonly euid: number;
  /**
   * Where the cgroup v2 hierarchy is mounted, e.g. `/sys/fs/cgroup` or, on a hybrid host, `/sys/fs/cgroup/unified`; null if it is not
   * mounted.
   */
  readonly cgroupMount: string | null;
  /** Where the resctrl file system is mounted, e.g. `/sys/fs/resctrl`; null if it is not mounted. */
  readonly resctrlMount: string | null;
  /** The highest capability number of the kernel (/proc/sys/kernel/cap_last_cap). */
  readonly lastCapability: number;
  /** The capabilities in tsrun's own bounding set, which it can pass on. Bit n is capability n. */
  readonly boundingSet: number;
  readonly apparmor: boolean;
  readonly selinux: boolean;
  /** Whether tsrun itself runs in a user namespace other than the initial one. */
  readonly inUserNamespace: boolean;
}

/**
 * Whether tsrun does without what only root of the host may do: cgroups that are not delegated to it, and device programs. `asked` is
 * --rootless; undefined means that everybody else is rootless, and root in a user namespace, too.
 */
export function isRootless(asked: boolean | undefined, host: Pick<HostFacts, 'euid' | 'inUserNamespace'>): boolean {
  return asked ?? (host.euid !== 0 || host.inUserNamespace);
}

/**
 * Whether mount namespaces that begin empty are used (unshare(2), UNSHARE_EMPTY_MNTNS): since Linux 7.2. Linux 7.1 has them, but has not
 * been tested.
 */
export function hasEmptyMounts({ kernel: { major, minor } }: Pick<HostFacts, 'kernel'>): boolean {
  return major > 7 || (major === 7 && minor >= 2);
}
