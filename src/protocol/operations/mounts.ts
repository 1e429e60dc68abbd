import { operation, type FailedAt, type Values } from './definition.js';
import { mountOption } from '../numbers/mount_options.js';
import { step } from '../numbers/steps.js';
import { attributeWords, propagationWord, superblockWordsOf } from '../words/flags.js';
import { bareQuote, joined, quote } from '../words/texts.js';

const mountFields = {
  /** Bits of `mountOption`. */
  options: 'u32',
  /** MS_RDONLY, MS_SYNCHRONOUS and other flags of the superblock. */
  superblock: 'u64',
  /** MOUNT_ATTR_* of this mount, and of everything below it. */
  set: 'u64',
  clear: 'u64',
  recursiveSet: 'u64',
  recursiveClear: 'u64',
  /** MS_SHARED and the like, or 0. */
  propagation: 'u64',
  /** The index of the id map in tsrun's list, or -1. */
  idmap: 'i32',
  type: 'text',
  source: 'text',
  destination: 'text',
  /** `key=value` or `key`. */
  data: 'list',
} as const;

type Mount = Values<typeof mountFields>;

/** Mounts. Destinations are resolved inside the rootfs by openat2(RESOLVE_IN_ROOT). */
export const mounts = () => ({
  mount: operation({
    id: 35,
    fields: mountFields,
    summary,
    sentence,
    hint,
    hints: {
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
      ESTALE: "something replaced the source, which tsrun made in the container's state directory: only root may be able to write there",
      EROFS: 'the mount point does not exist and cannot be made: make it in the root file system, or set /root/readonly to false',
      EACCES: 'the root of the user namespace cannot reach the source or the destination',
      ENOSYS: 'the mount system calls of Linux 5.12 are needed; a seccomp filter around tsrun may refuse them',
    },
  }),

  /** The source of the next bind mount must be this file: a path is not an identity. */
  sourceProof: operation({
    id: 45,
    fields: { fd: 'i32' },
    summary: (o) => `the next source is descriptor ${o.fd}`,
    sentence: () => 'prove the source of a mount',
  }),

  /** Changes the propagation of the mount at the destination. */
  propagation: operation({
    id: 36,
    fields: { propagation: 'u64', destination: 'text' },
    summary: (o) => `${propagationWord(o.propagation)} on ${quote(o.destination)}`,
    sentence: (o) => `set mount propagation of ${bareQuote(o.destination)}`,
  }),
});

function summary(o: Mount): string {
  const has = (bit: number): boolean => (o.options & bit) !== 0;
  const remount = has(mountOption.remount);
  const bind = has(mountOption.bind);
  const words = [
    ...(bind ? [has(mountOption.recursive) ? 'rbind' : 'bind'] : []),
    ...(remount ? ['remount'] : []),
    ...attributeWords(o.set, o.clear),
    ...attributeWords(o.recursiveSet, o.recursiveClear, 'r'),
    ...superblockWordsOf(o.superblock),
    ...(has(mountOption.copyUp) ? ['tmpcopyup'] : []),
    ...(has(mountOption.sourceNoFollow) ? ['src-nofollow'] : []),
    ...(has(mountOption.destinationNoFollow) ? ['dest-nofollow'] : []),
    ...(has(mountOption.copySymlink) ? ['copy-symlink'] : []),
    ...(o.propagation === 0 ? [] : [propagationWord(o.propagation)]),
    ...o.data,
  ];
  const kind = o.type === o.source ? o.type : `${o.type} ${quote(o.source)}`;
  const what = remount ? '' : bind ? quote(o.source) : kind;
  return joined(' ', [what, 'on', quote(o.destination), words.join(','), o.idmap < 0 ? '' : `(map ${o.idmap})`]);
}

function sentence(o: Mount): string {
  if ((o.options & mountOption.remount) !== 0) return `remount ${bareQuote(o.destination)}`;
  const bind = (o.options & mountOption.bind) !== 0;
  const what = o.source === '' ? o.type : o.source;
  return `${bind ? 'bind' : 'mount'} ${bareQuote(what)} on ${bareQuote(o.destination)}`;
}

function hint({ type, data }: Mount, { errno, step: at }: FailedAt): string | undefined {
  if (at === step.verify)
    return 'a symbolic link of the image leads the destination into procfs: only some files of /proc may be covered, and those by their own names';
  if (errno === 'EINVAL' && data.some((option) => /^[ug]id=/.test(option)))
    return 'the user namespace must map the ids of the options uid= and gid= (gid 5 of devpts is the group tty): map them, or remove the option as tsrun spec --rootless does';
  if (errno !== 'EPERM') return undefined;
  if (at === step.attributes)
    return 'the mount has flags locked by a more privileged namespace (ro, nosuid, nodev, noexec, access times): keep those that the host has, and leave out other access times';
  // The caller's own /proc or /sys must be wholly visible before a user namespace may mount a new one (mount_too_revealing in the kernel).
  if (type === 'proc' || type === 'sysfs')
    return `a new ${type} needs its own ${type === 'proc' ? 'pid' : 'network'} namespace and, in a user namespace, one on the host that is not partly masked${
      type === 'sysfs' ? '; without them, bind /sys as tsrun spec --rootless does' : ''
    }`;
  return undefined;
}
