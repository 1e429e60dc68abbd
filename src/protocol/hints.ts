import { step } from './steps.js';
import type { Operation, OperationName } from './operations.js';

export interface HintRequest {
  readonly operation: Operation;
  /** Such as `EPERM`; empty where there is none. */
  readonly errno: string;
  readonly step: number;
}

type Hints = Readonly<Record<string, string>>;

const unmapped = 'the id is not mapped in the user namespace of the container: extend /linux/uidMappings and /linux/gidMappings';
const lowMemory = 'the memory limit of the container (/linux/resources/memory/limit) may be too low';

/** What the reader can do about a failed operation of tsrun-init, or undefined. */
export function initHint({ operation, errno, step: at }: HintRequest): string | undefined {
  if (at === step.gaveUp) return 'tsrun was killed, or the process for want of memory: see the kernel log';
  if (at === step.outside) return 'the image makes /process/cwd point outside of its root: do not trust it';
  if (at === step.overRoot)
    return 'what is mounted there would lie above the root directory of every process, and be seen by none: remove it, or the symbolic link of the image that leads there';
  if (at === step.symlinkInPath) return 'a component of the destination is a symbolic link, which is refused here';
  if (operation.op === 'mount') {
    if (at === step.verify)
      return 'a symbolic link of the image leads the destination into procfs: only some files of /proc may be covered, and those by their own names';
    if (at === step.attributes && errno === 'EPERM')
      return 'the mount has flags locked by a more privileged namespace (ro, nosuid, nodev, noexec, access times): keep those that the host has, and leave out other access times';
    // The caller's own /proc or /sys must be wholly visible before a user namespace may mount a new one (mount_too_revealing in the kernel).
    if (errno === 'EPERM' && (operation.type === 'proc' || operation.type === 'sysfs')) {
      return `a new ${operation.type} needs its own ${operation.type === 'proc' ? 'pid' : 'network'} namespace and, in a user namespace, one on the host that is not partly masked`;
    }
  }
  return hints()[operation.op]?.[errno] ?? common[errno];
}

/** Errors that mean the same everywhere. */
const common: Hints = {
  ENOMEM: lowMemory,
  ENOSYS: 'the kernel lacks this system call, or a seccomp filter around tsrun refuses it; Linux 5.10 or newer is needed',
  EMFILE: 'raise the limit of open files of tsrun (ulimit -n)',
};

/**
 * What helps, by operation and errno. The reasons are those of the man pages of the calls behind the operation. A function, so that it is built when
 * something failed, and not at every start.
 */
const hints = (): Partial<Readonly<Record<OperationName, Hints>>> => ({
  unshare: {
    EINVAL: 'the kernel was built without one of these namespaces',
    ENOSPC: 'the limit of namespaces is reached: see sysctl user.max_*_namespaces',
    EPERM: 'tsrun needs CAP_SYS_ADMIN here, or a user namespace in the bundle',
  },
  joinNamespace: {
    EINVAL: 'the file is a namespace of another type, or the process is in that user namespace already',
    EPERM: 'the namespace belongs to another user namespace: join that one, too',
  },
  joinProcess: { ESRCH: "the container's process has ended" },
  becomeRoot: { EINVAL: 'container ids 0 must be mapped in /linux/uidMappings and /linux/gidMappings' },
  respawn: {
    EAGAIN: 'the limit of processes is reached: /linux/resources/pids/limit, or RLIMIT_NPROC',
    ENOSPC: 'the limit of nested or of all pid namespaces is reached: see sysctl user.max_pid_namespaces',
    EINVAL: 'the kernel was built without one of the namespaces',
  },
  timeOffsets: {
    ERANGE: 'the clock would become negative or too large: change /linux/timeOffsets',
    EACCES: 'offsets can only be set before the namespace has a process',
  },
  hostname: { EPERM: 'a hostname needs a uts namespace of its own in /linux/namespaces' },
  domainname: { EPERM: 'a domainname needs a uts namespace of its own in /linux/namespaces' },
  sysctl: {
    ENOENT: 'this kernel, or this namespace, does not have the setting',
    EACCES: 'the setting cannot be written from this namespace',
    EPERM: 'the setting cannot be written from this user namespace',
    EINVAL: 'the kernel does not accept the value; for net.ipv4.ping_group_range, the ids must be mapped in the user namespace',
    EROFS: 'the setting is on a read-only procfs: tsrun itself runs in a container',
  },
  oomScoreAdj: { EACCES: 'a lower value than the one of the caller needs CAP_SYS_RESOURCE', EINVAL: 'it must be between -1000 and 1000' },
  rlimit: {
    EPERM: 'raising a hard limit needs CAP_SYS_RESOURCE: lower it in /process/rlimits, or raise that of the caller',
    EINVAL: 'the soft limit is above the hard one',
  },
  keyring: {
    EDQUOT: 'the quota of keys is reached: raise sysctl kernel.keys.maxkeys, or use --no-new-keyring',
    EINVAL: "the SELinux policy of the host does not know the process's label",
    ENOSYS: 'the kernel has no keyrings: use --no-new-keyring',
  },
  scheduler: {
    EPERM: 'this policy or priority needs CAP_SYS_NICE',
    EINVAL: 'the values do not fit the policy in /process/scheduler',
    EBUSY: 'the deadline cannot be admitted',
  },
  ioPriority: { EPERM: 'this class needs CAP_SYS_ADMIN or CAP_SYS_NICE' },
  memoryPolicy: {
    EINVAL: 'a node in /linux/memoryPolicy does not exist or is not allowed, or the flags do not fit the mode',
    ENOSYS: 'the kernel was built without NUMA',
  },
  cpuAffinity: { EINVAL: 'none of the cpus is online and in the cpuset of the container' },
  rootfs: {
    ENOENT: 'root.path must be an existing directory',
    ENOTDIR: 'root.path must be a directory',
    EACCES: "the user of the container's user namespace must be able to reach root.path",
  },
  overlay: {
    EINVAL:
      'the file system of the upper layer is not fit for overlay (it may be an overlay itself): use --overlay=memory, or a directory on another file system',
    ENODEV: 'the kernel has no overlay: load the module overlay',
    ENOENT: 'every layer must be an existing directory',
    ELOOP: 'an upper or work directory lies in a lower one, or overlays are nested too deeply',
    EBUSY: 'another container uses this directory: give each one of its own',
    EACCES:
      'the directory of the upper layer must belong to the user that tsrun runs as, and nobody else may enter it (mode 0700), or be empty',
    EPERM: 'overlay in a user namespace needs Linux 5.11 or newer',
  },
  mount: {
    EPERM:
      'this mount is not allowed in this user namespace or without CAP_SYS_ADMIN; mounts from a more privileged namespace keep their locked flags (ro, nosuid, nodev, noexec)',
    EINVAL: 'the file system does not accept an option, or the mount does not allow this change',
    ENODEV: 'the kernel does not know this file system type: see /proc/filesystems, or load its module',
    ENOENT: 'the source must exist on the host',
    ENOTBLK: 'this file system type needs a block device as its source',
    EBUSY: 'the file system is in use with other options',
    ENOTDIR: 'a directory can only be mounted on a directory, a file only on a file',
    ELOOP: 'symbolic links lead to each other in a loop, or there are more than 40 in the path',
    EXDEV: 'the destination leaves the root file system',
    EROFS: 'the mount point does not exist and cannot be made: make it in the root file system, or set /root/readonly to false',
    EACCES: 'the root of the user namespace cannot reach the source or the destination',
    ENOSYS: 'the mount system calls of Linux 5.12 are needed; a seccomp filter around tsrun may refuse them',
  },
  device: {
    EEXIST:
      'another file is at this path, in the image or in what is mounted there, and is left as it is: remove it, or the device from /linux/devices',
    EPERM: 'this user namespace, or the file system of the root, does not allow device nodes',
    EROFS: 'the file system that holds the node is read-only',
  },
  pivotRoot: {
    EINVAL: 'the current root is the initramfs or is not private: use --no-pivot',
    EPERM: 'tsrun needs CAP_SYS_ADMIN in this mount namespace',
  },
  mask: { EROFS: 'the mask source cannot be made on a read-only file system' },
  terminal: {
    ENOENT: 'the root file system needs /dev/pts/ptmx: mount devpts on /dev/pts in /mounts',
    EPERM: 'another session has this terminal',
    ENOTTY: 'what is at /dev/pts is not a devpts',
  },
  workingDirectory: {
    ENOENT: "/process/cwd must exist in the container's root file system",
    ENOTDIR: '/process/cwd must be a directory',
    EACCES: 'the user of the process may not enter /process/cwd',
  },
  boundingSet: { EPERM: 'tsrun needs CAP_SETPCAP' },
  user: {
    EINVAL: `${unmapped}; or there are more than 65,536 groups in /process/user/additionalGids (NGROUPS_MAX)`,
    EPERM:
      'the process may not change its ids here: the seccomp profile refuses setgroups, setresuid or setresgid, or the user namespace denies setgroups (user_namespaces(7))',
  },
  capabilities: { EPERM: 'tsrun does not have one of the capabilities itself: remove it from /process/capabilities' },
  seccomp: {
    EINVAL: 'the kernel knows not every flag or action of the profile',
    EACCES: 'without CAP_SYS_ADMIN, /process/noNewPrivileges must be true',
    EBUSY: 'a filter with a listener is already there',
    ENOMEM: 'the filters of this process are too long together',
    ENOSYS: 'the kernel was built without CONFIG_SECCOMP_FILTER',
  },
  securityAttribute: {
    ENOENT: 'the profile is not loaded, or the security module is not there',
    EINVAL: 'the security module does not know this label, or is not enabled on this host',
    EACCES: 'the security module refuses this transition',
    EPERM: 'the security module refuses this transition',
  },
});
