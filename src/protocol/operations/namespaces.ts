import { namespaceFlags } from '../../spec/names/namespaces.js';
import { operation } from './definition.js';
import { namespaceWords, namespacesNamed, syncWord } from '../words/flags.js';
import { bareQuote, quote } from '../words/texts.js';

/** Namespaces, the settings in them, and the dialogue with tsrun. */
export const namespaces = () => ({
  /** unshare(2): cgroup namespaces are created after the process is in its cgroup, and time namespaces before their offsets are set. */
  unshare: operation({
    id: 1,
    fields: { namespaces: 'i32' },
    summary: (o) => namespaceWords(o.namespaces),
    sentence: (o) => `unshare ${namespacesNamed(o.namespaces)}`,
    hints: {
      EINVAL: 'the kernel was built without one of these namespaces',
      ENOSPC: 'the limit of namespaces is reached: see sysctl user.max_*_namespaces',
      EPERM: 'tsrun needs CAP_SYS_ADMIN here, or a user namespace in the bundle',
    },
  }),

  /** setns(2) on a file; `path` is for error messages. */
  joinNamespace: operation({
    id: 2,
    fields: { fd: 'i32', namespace: 'i32', path: 'text' },
    summary: (o) => `${namespaceWords(o.namespace)} ${quote(o.path)} (descriptor ${o.fd})`,
    sentence: (o) => `join ${namespacesNamed(o.namespace)} ${bareQuote(o.path)}`,
    hints: {
      EINVAL: 'the file is a namespace of another type, or the process is in that user namespace already',
      EPERM: 'the namespace belongs to another user namespace: join that one, too',
    },
  }),

  /** One setns(2) on the pidfd, for several namespaces (Linux 5.8). */
  joinProcess: operation({
    id: 3,
    fields: { pidfd: 'i32', namespaces: 'i32' },
    summary: (o) => `${namespaceWords(o.namespaces)} of the container's process (descriptor ${o.pidfd})`,
    sentence: () => "join the namespaces of the container's process",
    hints: { ESRCH: "the container's process has ended" },
  }),

  /** Becomes 0:0 in the user namespace (setresgid, setresuid), and clears ambient capabilities. */
  becomeRoot: operation({
    id: 4,
    fields: {},
    summary: () => 'user 0, group 0 of the user namespace',
    sentence: () => 'become root of the user namespace',
    hints: { EINVAL: 'container ids 0 must be mapped in /linux/uidMappings and /linux/gidMappings' },
  }),

  /** clone3(CLONE_PARENT | cloneFlags) or clone(2), reported by the first process; the second continues after the reply. */
  respawn: operation({
    id: 5,
    fields: { cloneFlags: 'u64' },
    summary: (o) => (o.cloneFlags === 0 ? 'in the pid namespace that was joined' : `in new namespaces ${namespaceWords(o.cloneFlags)}`),
    sentence: () => "clone the container's process",
    // pid_namespaces(7): fork(2) fails with ENOMEM in a namespace whose first process has ended.
    hint: (o, { errno }) =>
      errno === 'ENOMEM' && (o.cloneFlags & namespaceFlags.pid) === 0
        ? 'the first process of the pid namespace that is joined has ended, so the namespace takes no more processes; or memory is short'
        : undefined,
    hints: {
      EAGAIN: 'the limit of processes is reached: /linux/resources/pids/limit, or RLIMIT_NPROC',
      ENOSPC: 'the limit of nested or of all pid namespaces is reached: see sysctl user.max_pid_namespaces',
      EINVAL: 'the kernel was built without one of the namespaces',
    },
  }),

  /** unshare(CLONE_NEWTIME), write the lines to timens_offsets, setns to time_for_children. */
  timeOffsets: operation({
    id: 6,
    fields: { offsets: 'text' },
    summary: (o) => (o.offsets === '' ? 'none' : o.offsets.trim().split('\n').join(', ')),
    sentence: () => 'set the offsets of the time namespace',
    hints: {
      ERANGE: 'the clock would become negative or too large: change /linux/timeOffsets',
      EACCES: 'offsets can only be set before the namespace has a process',
    },
  }),

  /** Reports `point`, one of `syncPoint`, and waits for the reply. */
  sync: operation({
    id: 7,
    fields: { point: 'i32' },
    summary: (o) => `wait for tsrun: ${syncWord(o.point)}`,
    sentence: () => 'wait for tsrun',
  }),

  /** setsid(2); EPERM (already a leader) is not an error. `terminal`: the terminal at descriptor 0 becomes the controlling terminal. */
  newSession: operation({
    id: 8,
    fields: { terminal: 'flag' },
    summary: (o) => (o.terminal === 1 ? 'with the terminal' : ''),
    sentence: () => 'make a session',
  }),

  hostname: operation({
    id: 9,
    fields: { name: 'text' },
    summary: (o) => quote(o.name),
    sentence: (o) => `set hostname ${bareQuote(o.name)}`,
    hints: { EPERM: 'a hostname needs a uts namespace of its own in /linux/namespaces' },
  }),

  domainname: operation({
    id: 10,
    fields: { name: 'text' },
    summary: (o) => quote(o.name),
    sentence: (o) => `set domainname ${bareQuote(o.name)}`,
    hints: { EPERM: 'a domainname needs a uts namespace of its own in /linux/namespaces' },
  }),

  /** SIOCSIFFLAGS with IFF_UP. */
  loopbackUp: operation({
    id: 11,
    fields: {},
    summary: () => 'lo',
    sentence: () => 'bring up network interface "lo"',
  }),

  /** `path` is below /proc/sys, with slashes; it is written through the host's procfs. */
  sysctl: operation({
    id: 12,
    fields: { path: 'text', value: 'text' },
    summary: (o) => `${o.path} = ${o.value}`,
    sentence: (o) => `set sysctl ${bareQuote(o.path.split('/').join('.'))} to ${bareQuote(o.value)}`,
    hints: {
      ENOENT: 'this kernel, or this namespace, does not have the setting',
      EACCES: 'the setting cannot be written from this namespace',
      EPERM: 'the setting cannot be written from this user namespace',
      EINVAL: 'the kernel does not accept the value; for net.ipv4.ping_group_range, the ids must be mapped in the user namespace',
      EROFS: 'the setting is on a read-only procfs: tsrun itself runs in a container',
    },
  }),

  /**
   * For a warm slot: reports that it is ready and sends the rootfs, then receives descriptors in place of the `reserved` ones, and the plan
   * that replaces this one.
   */
  nextPlan: operation({
    id: 22,
    fields: { reserved: 'u32' },
    summary: () => 'wait for the rest of the plan',
    sentence: () => 'receive the rest of the plan',
  }),

  /**
   * At the end of the socket: rmdir of `directory` with the directories in it, and of `parents`, all below the cgroup hierarchy and only
   * those that have our claim. The process then ends.
   */
  reaper: operation({
    id: 23,
    fields: { hierarchy: 'i32', directory: 'text', parents: 'list' },
    summary: (o) => `remove ${quote(o.directory)} when tsrun has ended`,
    sentence: (o) => `remove ${bareQuote(o.directory)}`,
  }),
});
