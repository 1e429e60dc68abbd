import type { CreationRequest, ContainerReference } from '../options.js';

/** What CRIU's RPC calls `manage_cgroups_mode`. */
export const cgroupModes = { ignore: 0, soft: 3, full: 4, strict: 5 } as const;
/** What CRIU's RPC calls `network_lock`. */
export const networkLocks = { iptables: 1, nftables: 2, skip: 3 } as const;

/** What checkpoint and restore have in common. Booleans are false by default. */
export interface CriuSettings {
  /** The directory of the image; relative to the working directory. */
  readonly imagePath: string;
  /** The directory for CRIU's log and working files. Default: that of the image. */
  readonly workPath?: string;
  /** Saves or restores established TCP connections. */
  readonly tcpEstablished?: boolean;
  /** Allows UNIX sockets that are connected to processes outside the container. */
  readonly extUnixSk?: boolean;
  /** The container shares a terminal and its session with processes outside. */
  readonly shellJob?: boolean;
  /** Saves or restores file locks. */
  readonly fileLocks?: boolean;
  /**
   * What is restored of cgroups besides the limits of config.json: `soft` what the image says of cgroups that the container had made below
   * its own; `full` that of its own, too; `strict` as `full`, but it is an error if the container's cgroup exists; `ignore` nothing.
   * Default: `soft`.
   */
  readonly manageCgroupsMode?: keyof typeof cgroupModes;
  /** Leaves the network namespace empty, for an engine that sets it up after the restore. */
  readonly emptyNetwork?: boolean;
  /** Removes pages from parent images that are in this image as well. */
  readonly autoDedup?: boolean;
  /** Saves or restores memory by CRIU's page server, on demand. */
  readonly lazyPages?: boolean;
  /** How CRIU blocks the network meanwhile. Default: CRIU's. */
  readonly networkLock?: keyof typeof networkLocks;
}

export interface CheckpointOptions extends CriuSettings {
  /** The image of an earlier pre-dump, relative to `imagePath`. Only pages that have changed since are saved. */
  readonly parentPath?: string;
  /** The container keeps running. */
  readonly leaveRunning?: boolean;
  /** Only saves memory, ahead of the checkpoint. The container keeps running. */
  readonly preDump?: boolean;
  /** Drops connections that are not established yet. */
  readonly tcpSkipInFlight?: boolean;
  /** Saves files that are open and were removed by links to them. */
  readonly linkRemap?: boolean;
  /** Sends memory to the page server of another host. */
  readonly pageServer?: {
    /** Its address. */
    readonly address: string;
    /** Its TCP port. */
    readonly port: number;
  };
}

export interface CheckpointRequest extends ContainerReference, CheckpointOptions {
  /** A descriptor to which a NUL byte is written when CRIU's page server is ready (`lazyPages`). */
  readonly statusFd?: number;
  readonly allowAnnotations?: readonly string[];
  readonly warn?: (message: string) => void;
}

export interface RestoreRequest extends CreationRequest, CriuSettings {
  /** Closes established TCP connections. */
  readonly tcpClose?: boolean;
  /** The security module's profile that processes get instead of theirs, as `apparmor:NAME` or `selinux:LABEL`. */
  readonly lsmProfile?: string;
  /** The SELinux context that mounts get instead of theirs. */
  readonly lsmMountContext?: string;
}
