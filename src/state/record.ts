import type { Spec } from '../spec/types.js';

/**
 * What tsrun stores about a container: `state.json` in its directory. It must work with older and newer releases (decision 0012): within a
 * `version` fields are only added, never change their meaning, and have a default when absent (parse_record.ts); readers ignore unknown
 * fields.
 */
export interface ContainerRecord {
  readonly version: 1;
  readonly ociVersion: string;
  readonly id: string;
  /** Host process id of the container's init; 0 until it exists. */
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat, so that a reused pid is never mistaken for the container. */
  readonly startTime: number;
  /**
   * /proc/sys/kernel/random/boot_id at creation, because pids and start times mean nothing in another boot. Absent if the record cannot
   * outlive its boot.
   */
  readonly bootId?: string;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339 with nanoseconds, UTC. */
  readonly created: string;
  /** Name or number of the user that created it. */
  readonly owner: string;
  /** Absolute directory of the container's cgroup on the host, or null. */
  readonly cgroup: string | null;
  /**
   * Its inode (statx(2)): a directory at the same path with another inode is not this container's. Absent in records of tsrun 0.1.0, and
   * without a cgroup.
   */
  readonly cgroupInode?: number;
  /** The scope of systemd that the cgroup is, if systemd made it, and the bus on which to talk about it. */
  readonly systemdUnit?: string;
  readonly systemdBus?: 'system' | 'user';
  /** Directories above it that tsrun created, outermost first: removed if they are empty. */
  readonly cgroupParents: readonly string[];
  /** Whether the root file system is an overlay that tsrun mounted. Absent otherwise, and in records of tsrun 0.1.0. */
  readonly overlay?: true;
  /** The absolute directory of its upper layer. Absent if that is in memory, and in records of tsrun 0.2.0 and older. */
  readonly overlayDirectory?: string;
  /**
   * The lower layers, topmost first, of an overlay with its upper layer in memory. Absent otherwise, and in records of tsrun 0.2.0 and
   * older.
   */
  readonly overlayLowers?: readonly string[];
  /** Whether its processes, including those of exec, keep the caller's session keyring. */
  readonly noNewKeyring: boolean;
  /**
   * Names the process that removes the container when its program ends (decision 0038). Absent otherwise, and in records of tsrun 0.2.0 and
   * older.
   */
  readonly exitWatch?: string;
  /** The whole config.json at creation: exec, update and the hooks of delete use it, whatever happens to the bundle. */
  readonly spec: Spec;
}
