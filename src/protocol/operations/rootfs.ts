import { operation } from './definition.js';
import { attributeWords, propagationWord } from '../words/flags.js';
import { bareQuote, joined, labelled, octal, quote } from '../words/texts.js';

/** The root file system. Paths in it are resolved by openat2(RESOLVE_IN_ROOT). */
export const rootfs = () => ({
  /** mount(NULL, "/", NULL, propagation) with MS_* flags. */
  rootPropagation: operation({
    id: 32,
    fields: { propagation: 'u64' },
    summary: (o) => `${propagationWord(o.propagation)} on "/"`,
    sentence: () => 'set mount propagation of "/"',
  }),

  /**
   * Enters a new mount namespace. It has only a clone of `path`, if the sources of all bind mounts of the plan can be cloned before, and is
   * a copy of the host's mounts otherwise (docs/decisions/0046).
   */
  ownMounts: operation({
    id: 46,
    fields: { path: 'text' },
    summary: (o) => `only ${quote(o.path)} and the sources of mounts`,
    sentence: () => 'unshare mount namespace',
    hints: {
      ENOSPC: 'the limit of namespaces is reached: see sysctl user.max_mnt_namespaces',
      EPERM: 'tsrun needs CAP_SYS_ADMIN here, or a user namespace in the bundle',
    },
  }),

  /**
   * Clones `path`, or the detached mount at `fd` unless that is -1, with the mounts in it if `recursive`, and attaches it over `path`: "the
   * rootfs".
   */
  rootfs: operation({
    id: 33,
    fields: { fd: 'i32', recursive: 'flag', path: 'text' },
    summary: (o) => `${quote(o.path)}${o.recursive === 1 ? ' with everything mounted in it' : ''}`,
    sentence: (o) => `bind root file system ${bareQuote(o.path)}`,
    hints: {
      ENOENT: 'root.path must be an existing directory',
      ENOTDIR: 'root.path must be a directory',
      EACCES: "the user of the container's user namespace must be able to reach root.path",
    },
  }),

  /**
   * `lowers` are topmost first. The upper layer is in `directory`, as `upper` and `work`, or with `memory` in a tmpfs of `size` bytes (0:
   * the default). If the path of the following `rootfs` is `target`, the overlay is its source. `label` is the SELinux label of everything
   * in it, or empty.
   */
  overlay: operation({
    id: 34,
    fields: { memory: 'flag', size: 'u64', userxattr: 'flag', lowers: 'list', directory: 'text', target: 'text', label: 'text' },
    summary: (o) =>
      joined(', ', [
        `on ${quote(o.target)}`,
        `upper in ${o.memory === 1 ? 'memory' : quote(o.directory)}`,
        `lower ${JSON.stringify(o.lowers)}`,
        o.userxattr === 1 ? 'userxattr' : '',
        labelled(o.label),
      ]),
    sentence: (o) => `mount overlay on ${bareQuote(o.target)}`,
    hints: {
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
  }),

  /**
   * Creates a node with this mode and type, or with `bind` binds the host's node of the same path. `covers`: it is attached over an
   * existing file that is not that device, which is EEXIST otherwise.
   */
  device: operation({
    id: 37,
    fields: { mode: 'u16', major: 'u32', minor: 'u32', uid: 'id', gid: 'id', bind: 'flag', covers: 'flag', path: 'text' },
    summary: (o) => {
      const kind = (o.mode & 0o170000) === 0o060000 ? 'b' : (o.mode & 0o170000) === 0o010000 ? 'p' : 'c';
      const node = `${quote(o.path)} ${kind} ${o.major}:${o.minor}`;
      return o.bind === 1 ? `${node}, the host's` : `${node} mode ${octal(o.mode & 0o7777)} owner ${o.uid}:${o.gid}`;
    },
    sentence: (o) => `create device ${bareQuote(o.path)}`,
    hints: {
      EEXIST:
        'another file is at this path, in the image or in what is mounted there, and is left as it is: remove it, or the device from /linux/devices',
      EPERM: 'this user namespace, or the file system of the root, does not allow device nodes',
      EROFS: 'the file system that holds the node is read-only',
    },
  }),

  /** An existing file stays. If `cover` is set and it is not the same link, `cover` is bound over it. */
  symlink: operation({
    id: 38,
    fields: { target: 'text', path: 'text', cover: 'text' },
    summary: (o) => `${quote(o.path)} -> ${quote(o.target)}`,
    sentence: (o) => `create symlink ${bareQuote(o.path)} to ${bareQuote(o.target)}`,
  }),

  /** pivot_root(".", ".") on the rootfs; the old root is detached. */
  pivotRoot: operation({
    id: 39,
    fields: {},
    summary: () => '',
    sentence: () => 'pivot_root into the root file system',
    hints: {
      EINVAL: 'the current root is the initramfs or is not private: use --no-pivot',
      EPERM: 'tsrun needs CAP_SYS_ADMIN in this mount namespace',
    },
  }),

  /** --no-pivot: MS_MOVE and chroot(2); other mounts are hidden first. */
  moveRoot: operation({
    id: 40,
    fields: {},
    summary: () => 'without pivot_root',
    sentence: () => 'move the root file system to "/"',
  }),

  /** Only chroot(2), for a container without its own mount namespace. */
  changeRoot: operation({
    id: 41,
    fields: { path: 'text' },
    summary: (o) => quote(o.path),
    sentence: () => 'chroot into the root file system',
  }),

  /** MOUNT_ATTR_* to set on "/", and MS_* propagation or 0. */
  rootAttributes: operation({
    id: 42,
    fields: { set: 'u64', propagation: 'u64' },
    summary: (o) => joined(',', [...attributeWords(o.set, 0), propagationWord(o.propagation)]),
    sentence: () => 'set mount attributes of "/"',
  }),

  /**
   * Covers a file with /dev/null, and a directory with the shared empty read-only directory, which has this label. A path that does not
   * exist is not an error.
   */
  mask: operation({
    id: 43,
    fields: { path: 'text', label: 'text' },
    summary: (o) => joined(' ', [quote(o.path), labelled(o.label)]),
    sentence: (o) => `mask ${bareQuote(o.path)}`,
    hints: { EROFS: 'the mask source cannot be made on a read-only file system' },
  }),

  /** Binds the path onto itself read-only, keeping its other flags. A path that does not exist is not an error. */
  readonlyPath: operation({
    id: 44,
    fields: { path: 'text' },
    summary: (o) => quote(o.path),
    sentence: (o) => `make ${bareQuote(o.path)} read-only`,
  }),
});
