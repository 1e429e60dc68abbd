import type { Spec } from '../spec/types.js';

/**
 * What is remembered of a container: `state.json` in its directory. It outlives upgrades in both directions (decision 0012): within a `version` fields are only
 * added, each with a meaning for its absence (parse_record.ts), and never change their meaning; readers ignore what they do not know.
 */
export interface ContainerRecord {
  readonly version: 1;
  readonly ociVersion: string;
  readonly id: string;
  /** Host process id of the container's init; 0 until it exists. */
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat, so that a reused pid is never taken for the container. */
  readonly startTime: number;
  /** /proc/sys/kernel/random/boot_id when it was created: pids and start times say nothing of another boot. Absent if the record cannot outlive its boot. */
  readonly bootId?: string;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339 with nanoseconds, UTC. */
  readonly created: string;
  /** Name, or number, of the user that created it. */
  readonly owner: string;
  /** Absolute directory of the container's cgroup on the host, or null. */
  readonly cgroup: string | null;
  /** Its inode (statx(2)): a directory of the same path with another one is not this container's. Absent in records of tsrun 0.1.0, and without a cgroup. */
  readonly cgroupInode?: number;
  /** Directories above it that tsrun had to make, outermost first: removed again where they are empty. */
  readonly cgroupParents: readonly string[];
  /** Whether its processes, those of exec too, keep the session keyring of whoever calls. */
  readonly noNewKeyring: boolean;
  /** The whole config.json as it was at creation: exec, update and the hooks of delete follow it, whatever becomes of the bundle. */
  readonly spec: Spec;
}
