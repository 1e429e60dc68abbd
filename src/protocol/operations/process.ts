import { operation } from './definition.js';
import { limitWords } from '../words/flags.js';
import { bareQuote, bitList, groupList, joined, limit, octal, quote } from '../words/texts.js';

/** The user's process: its attributes, its start, its program. */
export const process = () => ({
  oomScoreAdj: operation({
    id: 13,
    fields: { value: 'i32' },
    summary: (o) => String(o.value),
    sentence: (o) => `set oom_score_adj to ${o.value}`,
    hints: {
      EACCES: 'a lower value than the one of the caller needs CAP_SYS_RESOURCE',
      EINVAL: 'it must be between -1000 and 1000',
    },
  }),

  /** prlimit(2). `raise`: only the hard limit, and only if it is lower. */
  rlimit: operation({
    id: 14,
    fields: { resource: 'u32', soft: 'integer64', hard: 'integer64', raise: 'flag', name: 'text' },
    summary: (o) => (o.raise === 1 ? `raise ${limitWords(o.resource, 'unchanged', o.hard)}` : limitWords(o.resource, o.soft, o.hard)),
    sentence: (o) => `set rlimit ${bareQuote(o.name)} to ${limit(o.soft)}:${limit(o.hard)}`,
    hints: {
      EPERM: 'raising a hard limit needs CAP_SYS_RESOURCE: lower it in /process/rlimits, or raise that of the caller',
      EINVAL: 'the soft limit is above the hard one',
    },
  }),

  personality: operation({
    id: 16,
    fields: { persona: 'u32' },
    summary: (o) => (o.persona === 8 ? 'LINUX32' : 'LINUX'),
    sentence: () => 'set personality',
  }),

  /** sched_setattr(2). */
  scheduler: operation({
    id: 17,
    fields: {
      policy: 'u32',
      nice: 'i32',
      priority: 'u32',
      schedFlags: 'u64',
      runtime: 'integer64',
      deadline: 'integer64',
      period: 'integer64',
    },
    summary: (o) =>
      `policy ${o.policy} nice ${o.nice} priority ${o.priority} flags ${o.schedFlags} runtime ${o.runtime} deadline ${o.deadline} period ${o.period}`,
    sentence: () => 'set scheduler',
    hints: {
      EPERM: 'this policy or priority needs CAP_SYS_NICE; SCHED_DEADLINE also needs an affinity to all processors',
      EINVAL: 'the values do not fit the policy in /process/scheduler',
      EBUSY: 'the deadline cannot be admitted',
    },
  }),

  /** ioprio_set(2) of this process: class and priority. */
  ioPriority: operation({
    id: 18,
    fields: { value: 'i32' },
    summary: (o) => `class ${o.value >> 13} priority ${o.value & 0x1fff}`,
    sentence: () => 'set io priority',
    hints: { EPERM: 'this class needs CAP_SYS_ADMIN or CAP_SYS_NICE' },
  }),

  /** set_mempolicy(2): the mode with its flags, and the mask in little-endian words. */
  memoryPolicy: operation({
    id: 19,
    fields: { mode: 'i32', maxNode: 'u64', nodeMask: 'bytes' },
    summary: (o) => `mode ${o.mode & 0x1fff} flags ${o.mode & ~0x1fff} nodes ${bitList(o.nodeMask)}`,
    sentence: () => 'set memory policy',
    hints: {
      EINVAL: 'a node in /linux/memoryPolicy does not exist or is not allowed, or the flags do not fit the mode',
      ENOSYS: 'the kernel was built without NUMA',
    },
  }),

  /** sched_setaffinity(2); an empty mask means every CPU that the cpuset allows. */
  cpuAffinity: operation({
    id: 20,
    fields: { mask: 'bytes' },
    summary: (o) => (o.mask === '' ? 'every cpu that the cpuset allows' : `cpus ${bitList(o.mask)}`),
    sentence: () => 'set cpu affinity',
    hints: { EINVAL: 'none of the cpus is online and in the cpuset of the container' },
  }),

  parentDeathSignal: operation({
    id: 21,
    fields: { signal: 'i32' },
    summary: (o) => String(o.signal),
    sentence: (o) => `set parent death signal to ${o.signal}`,
  }),

  /**
   * A pty of the container's devpts: the master is sent to the descriptor `socket` (SCM_RIGHTS), and the peer becomes 0, 1 and 2. On
   * request it is mounted on /dev/console, and becomes the controlling terminal. `plainLines`: lines end with only a line feed.
   */
  terminal: operation({
    id: 64,
    fields: {
      socket: 'i32',
      rows: 'u16',
      columns: 'u16',
      mountConsole: 'flag',
      uid: 'id',
      gid: 'idOrNone',
      plainLines: 'flag',
      controlling: 'flag',
    },
    summary: (o) =>
      joined(', ', [
        `master to descriptor ${o.socket}`,
        `owner ${o.uid}`,
        o.rows > 0 ? `${o.columns}x${o.rows}` : '',
        o.mountConsole === 1 ? 'on "/dev/console"' : '',
      ]),
    sentence: () => 'set up the terminal',
    hints: {
      ENOENT: 'the root file system needs /dev/pts/ptmx: mount devpts on /dev/pts in /mounts',
      EPERM: 'another session has this terminal',
      ENOTTY: 'what is at /dev/pts is not a devpts',
    },
  }),

  /** Changes the working directory, and checks that it is inside the root. */
  workingDirectory: operation({
    id: 65,
    fields: { path: 'text' },
    summary: (o) => quote(o.path),
    sentence: (o) => `chdir to cwd (${bareQuote(o.path)}) set in config.json failed`,
    hints: {
      ENOENT: "/process/cwd must exist in the container's root file system",
      ENOTDIR: '/process/cwd must be a directory',
      EACCES: 'the user of the process may not enter /process/cwd',
    },
  }),

  /**
   * Resolves args[0] as execvp(3) does, and keeps the result for `execute`. `home`: the environment has no HOME, so `execute` adds the
   * user's from the container's /etc/passwd ("/" unless that is a regular file with an entry).
   */
  findExecutable: operation({
    id: 66,
    fields: { home: 'flag', uid: 'id', name: 'text', searchPath: 'text' },
    summary: (o) => `${quote(o.name)} in ${quote(o.searchPath)}${o.home === 1 ? `, HOME of user ${o.uid}` : ''}`,
    sentence: (o) => `exec: ${bareQuote(o.name)}`,
  }),

  /**
   * Reports that it is ready, then waits: for a reply if the descriptor is -1, otherwise in accept(2) on it for a peer that says start and
   * gets the report again.
   */
  ready: operation({
    id: 67,
    fields: { listener: 'i32' },
    summary: (o) => (o.listener < 0 ? 'wait for tsrun' : `wait for start on descriptor ${o.listener}`),
    sentence: () => 'wait for start',
  }),

  /** `timeout` is in ms, 0 for none. `home`: with the HOME of `findExecutable`. In `state`, which is JSON, "\x01" stands for getpid(). */
  hook: operation({
    id: 68,
    fields: { index: 'u32', timeout: 'i64', home: 'flag', path: 'text', args: 'list', environment: 'list', state: 'text' },
    summary: (o) => `#${o.index} ${quote(o.path)} ${JSON.stringify(o.args)}${o.timeout > 0 ? `, at most ${o.timeout} ms` : ''}`,
    sentence: (o) => `run hook #${o.index} ${bareQuote(o.path)}`,
  }),

  /**
   * Sets the ids; `umask` -1 leaves it unchanged. `setGroups`: setgroups(2) with `groups`, a little-endian u32 each. Permitted capabilities
   * survive.
   */
  user: operation({
    id: 70,
    fields: { uid: 'id', gid: 'id', umask: 'idOrNone', setGroups: 'flag', groups: 'bytes' },
    summary: (o) =>
      joined(', ', [
        `uid ${o.uid}`,
        `gid ${o.gid}`,
        o.umask < 0 ? '' : `umask ${octal(o.umask)}`,
        o.setGroups === 1 ? `groups ${groupList(o.groups)}` : 'groups kept',
      ]),
    sentence: (o) => `set user ${o.uid}:${o.gid}`,
    hints: {
      EINVAL:
        'the id is not mapped in the user namespace of the container: extend /linux/uidMappings and /linux/gidMappings; or there are more than 65,536 groups in /process/user/additionalGids (NGROUPS_MAX)',
      EPERM:
        'the process may not change its ids here: the seccomp profile blocks setgroups, setresuid or setresgid, or the user namespace denies setgroups (user_namespaces(7))',
    },
  }),

  /** fchown(2) of 0, 1 and 2 to the user, as in runc. Skips /dev/null; EPERM, EINVAL and EROFS are not errors. */
  standardStreams: operation({
    id: 75,
    fields: { uid: 'id' },
    summary: (o) => `owner ${o.uid}`,
    sentence: (o) => `give the standard streams to user ${o.uid}`,
  }),

  /** execve(2) of the program that `findExecutable` found. `preserve` is the first descriptor that is not kept. */
  execute: operation({
    id: 76,
    fields: { preserve: 'u32', args: 'list', environment: 'list' },
    summary: (o) => `${JSON.stringify(o.args)}, descriptors below ${o.preserve} are kept`,
    sentence: (o) => `exec: ${bareQuote(o.args[0] ?? '')}`,
  }),
});
