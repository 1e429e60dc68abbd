import { describe, expect, it } from 'vitest';
import { errors, problems, warnings } from './fixtures.js';

const root = { containerID: 0, hostID: 100000, size: 65536 };
const withUser = {
  '/linux/namespaces': [{ type: 'mount' }, { type: 'user' }, { type: 'uts' }, { type: 'pid' }],
  '/linux/uidMappings': [root],
  '/linux/gidMappings': [root],
};

/** runc's words for the first problem. */
function words(changes: Readonly<Record<string, unknown>>): string | undefined {
  return problems(changes)[0]?.words;
}

it('the default configuration has no problems', () => {
  expect(problems({})).toEqual([]);
});

describe('the check of ociVersion', () => {
  it.each(['1.0', '1.0.0', '1.0.2-dev', '1.0.0-rc5', '1.2.1', '1.3.0', '1.3.7', '1.1.0+dev'])('accepts %s', (version) => {
    expect(problems({ '/ociVersion': version })).toEqual([]);
  });

  it.each(['', '1', '0.9.0', '2.0.0', 'v1.0.0', '1.0.0-', 'latest'])('refuses %j', (version) => {
    expect(errors({ '/ociVersion': version })).toEqual(['/ociVersion']);
  });

  it('warns of a newer version', () => {
    expect(warnings({ '/ociVersion': '1.4.0' })).toEqual(['/ociVersion']);
  });
});

describe('the checks of root and process', () => {
  it('require both for create', () => {
    expect(errors({ '/root': undefined })).toEqual(['/root']);
    expect(errors({ '/process': undefined })).toEqual(['/process']);
    expect(words({ '/process': undefined })).toBe('process property must not be empty');
  });

  it('require a path, a program and an absolute directory', () => {
    expect(errors({ '/root/path': '' })).toEqual(['/root/path']);
    expect(words({ '/process/args': [] })).toBe('args must not be empty');
    expect(words({ '/process/args': undefined })).toBe('args must not be empty');
    expect(errors({ '/process/args': [''] })).toEqual(['/process/args/0']);
    expect(problems({ '/process/cwd': 'tmp' })).toEqual([
      { pointer: '/process/cwd', expected: 'an absolute path', found: '"tmp"', remedy: 'write "/tmp"', severity: 'error' },
    ]);
  });

  it('refuse environment entries without a name', () => {
    expect(errors({ '/process/env': ['A=', 'B', '=C', 'D=e=f'] })).toEqual(['/process/env/1', '/process/env/2']);
  });

  it('require each limit only once, and a soft limit below the hard one', () => {
    const limit = { type: 'RLIMIT_CORE', soft: 1, hard: 1 };
    expect(errors({ '/process/rlimits': [limit, { ...limit, soft: 2 }] })).toEqual(['/process/rlimits/1/type', '/process/rlimits/1/soft']);
  });
});

describe('the checks of capabilities', () => {
  it('warn of unknown ones and of those that cannot be granted', () => {
    expect(warnings({ '/process/capabilities': { bounding: ['CAP_CHOWN', 'CAP_MAGIC'] } })).toEqual(['/process/capabilities/bounding/1']);
    expect(warnings({ '/process/capabilities': { bounding: ['CAP_BPF'] } }, { lastCapability: 38 })).toEqual([
      '/process/capabilities/bounding/0',
    ]);
    expect(warnings({ '/process/capabilities': { bounding: ['CAP_BPF'] } }, { boundingSet: 2 ** 39 - 1 })).toEqual([
      '/process/capabilities/bounding/0',
    ]);
    expect(warnings({ ...withUser, '/process/capabilities': { bounding: ['CAP_BPF'] } }, { boundingSet: 0 })).toEqual([]);
  });

  it('warn of ambient ones that are not permitted and inheritable', () => {
    const set = ['CAP_KILL'];
    expect(warnings({ '/process/capabilities': { ambient: set, permitted: set } })).toEqual(['/process/capabilities/ambient/0']);
    const several = { ambient: ['CAP_CHOWN', 'CAP_KILL', 'CAP_FOWNER'], permitted: ['CAP_CHOWN'], inheritable: ['CAP_CHOWN'] };
    expect(warnings({ '/process/capabilities': several })).toEqual(['/process/capabilities/ambient/1']);
    expect(warnings({ '/process/capabilities': { ambient: set, permitted: set, inheritable: set } })).toEqual([]);
  });
});

describe('the checks of scheduling', () => {
  it.each([
    [{ policy: 'SCHED_OTHER', nice: 5 }],
    [{ policy: 'SCHED_BATCH', nice: -20 }],
    [{ policy: 'SCHED_FIFO', priority: 10, flags: ['SCHED_FLAG_RESET_ON_FORK'] }],
    [{ policy: 'SCHED_DEADLINE', runtime: 42000, deadline: 1000000, period: 1000000 }],
  ])('accept %j', (scheduler) => {
    expect(errors({ '/process/scheduler': scheduler })).toEqual([]);
  });

  it.each([
    [{ policy: 'SCHED_OTHER', priority: 5 }, '/process/scheduler/priority'],
    [{ policy: 'SCHED_FIFO' }, '/process/scheduler/priority'],
    [{ policy: 'SCHED_IDLE', runtime: 1 }, '/process/scheduler/runtime'],
    [{ policy: 'SCHED_ISO' }, '/process/scheduler/policy'],
    [{ policy: 'SCHED_DEADLINE', runtime: 2, deadline: 1 }, '/process/scheduler'],
  ])('refuse %j', (scheduler, pointer) => {
    expect(errors({ '/process/scheduler': scheduler })).toEqual([pointer]);
  });

  it('require lists of CPUs and memory nodes', () => {
    expect(errors({ '/process/execCPUAffinity': { initial: '0-3,7', final: '3-0' } })).toEqual(['/process/execCPUAffinity/final']);
    expect(errors({ '/linux/resources/cpu': { cpus: '0-', mems: '0' } })).toEqual(['/linux/resources/cpu/cpus']);
  });

  it.each([
    [{ mode: 'MPOL_BIND', nodes: '0-1', flags: ['MPOL_F_NUMA_BALANCING'] }, []],
    [{ mode: 'MPOL_PREFERRED' }, []],
    [{ mode: 'MPOL_BIND' }, ['/linux/memoryPolicy/nodes']],
    [{ mode: 'MPOL_LOCAL', nodes: '0' }, ['/linux/memoryPolicy/nodes']],
    [{ mode: 'MPOL_BIND', nodes: 'all' }, ['/linux/memoryPolicy/nodes']],
    [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES', 'MPOL_F_RELATIVE_NODES'] }, ['/linux/memoryPolicy/flags']],
    [{ mode: 'MPOL_INTERLEAVE', nodes: '0', flags: ['MPOL_F_NUMA_BALANCING'] }, ['/linux/memoryPolicy/flags']],
  ])('report for the memory policy %j: %j', (memoryPolicy, expected) => {
    expect(errors({ '/linux/memoryPolicy': memoryPolicy })).toEqual(expected);
  });
});

describe('the checks of namespaces', () => {
  it('require each type only once, with an absolute path', () => {
    const namespaces = [{ type: 'mount' }, { type: 'uts' }, { type: 'mount' }, { type: 'pid', path: 'proc/1/ns/pid' }];
    expect(errors({ '/linux/namespaces': namespaces })).toEqual(['/linux/namespaces/2/type', '/linux/namespaces/3/path']);
  });

  it("protect the host's names, mounts, interfaces and clocks", () => {
    expect(words({ '/linux/namespaces': [{ type: 'mount' }] })).toBe('unable to set hostname without a private UTS namespace');
    expect(words({ '/linux/namespaces': [{ type: 'mount' }], '/hostname': undefined, '/domainname': 'x' })).toBe(
      'unable to set domainname without a private UTS namespace',
    );
    expect(errors({ '/linux/namespaces': [{ type: 'uts' }], '/root/readonly': false })).toEqual([
      '/linux/maskedPaths',
      '/linux/readonlyPaths',
    ]);
    expect(errors({ '/linux/namespaces': [{ type: 'uts' }], '/root/readonly': true })).toEqual([
      '/root/readonly',
      '/linux/maskedPaths',
      '/linux/readonlyPaths',
    ]);
    expect(warnings({ '/linux/namespaces': [{ type: 'uts' }] })).toEqual(['/mounts']);
    expect(errors({ '/linux/namespaces': [{ type: 'uts' }, { type: 'mount' }], '/linux/netDevices': { eth0: {} } })).toEqual([
      '/linux/netDevices/eth0',
    ]);
    expect(errors({ '/linux/timeOffsets': { monotonic: { secs: 1 } } })).toEqual(['/linux/timeOffsets']);
  });

  it('allow joining them', () => {
    expect(errors({ '/linux/namespaces': [{ type: 'mount' }, { type: 'uts', path: '/proc/1/ns/uts' }] })).toEqual([]);
  });

  it('allow time offsets only for a new one', () => {
    const namespaces = (path?: string): unknown => [{ type: 'mount' }, { type: 'uts' }, { type: 'time', path }];
    expect(errors({ '/linux/namespaces': namespaces(), '/linux/timeOffsets': { boottime: { secs: 1 } } })).toEqual([]);
    expect(errors({ '/linux/namespaces': namespaces('/proc/1/ns/time'), '/linux/timeOffsets': { boottime: { secs: 1 } } })).toEqual([
      '/linux/timeOffsets',
    ]);
  });

  it.each(['..', 'sixteen-letters-', 'eth%d', 'a b', ''])('do not accept %j as the name of an interface', (name) => {
    expect(errors({ '/linux/netDevices': { [name]: {} } })).toHaveLength(1);
  });

  it('limit host names to what the kernel accepts', () => {
    expect(errors({ '/hostname': 'x'.repeat(64) })).toEqual([]);
    expect(errors({ '/hostname': 'x'.repeat(65) })).toEqual(['/hostname']);
  });
});

describe('the checks of user namespaces', () => {
  it('require mappings of root', () => {
    expect(errors(withUser)).toEqual([]);
    expect(words({ ...withUser, '/linux/gidMappings': [] })).toBe('user namespaces enabled, but no gid mappings found');
    expect(words({ ...withUser, '/linux/uidMappings': [{ ...root, containerID: 1 }] })).toBe(
      'user namespaces enabled, but no mapping found for uid 0',
    );
  });

  it('use root alone without mappings', () => {
    const bare = { ...withUser, '/linux/uidMappings': undefined, '/linux/gidMappings': [] };
    expect(errors(bare)).toEqual([]);
    expect(warnings(bare)).toEqual(['/linux/uidMappings']);
    expect(errors({ ...bare, '/process/user': { uid: 1, gid: 0 } })).toEqual(['/process/user/uid']);
  });

  it('refuse mappings without a user namespace', () => {
    expect(errors({ '/linux/uidMappings': [root] })).toEqual([]);
    expect(warnings({ '/linux/uidMappings': [root] })).toEqual(['/linux/uidMappings']);
  });

  it('ignore mappings for a joined one with a warning', () => {
    const joined = [{ type: 'mount' }, { type: 'uts' }, { type: 'user', path: '/proc/1/ns/user' }];
    expect(errors({ ...withUser, '/linux/namespaces': joined })).toEqual([]);
    expect(warnings({ ...withUser, '/linux/namespaces': joined })).toEqual(['/linux/uidMappings']);
  });

  it('require that the ids of the process are mapped', () => {
    expect(errors({ ...withUser, '/process/user': { uid: 65536, gid: 65535, additionalGids: [1, 70000] } })).toEqual([
      '/process/user/uid',
      '/process/user/additionalGids/1',
    ]);
  });

  it('refuse ranges that overlap, wrap or are too many', () => {
    const at = (containerID: number, hostID: number, size: number): unknown => ({ containerID, hostID, size });
    expect(errors({ ...withUser, '/linux/uidMappings': [at(0, 1000, 10), at(9, 2000, 10)] })).toEqual(['/linux/uidMappings/1/containerID']);
    expect(errors({ ...withUser, '/linux/uidMappings': [at(0, 1000, 10), at(10, 1009, 10)] })).toEqual(['/linux/uidMappings/1/hostID']);
    expect(errors({ ...withUser, '/linux/uidMappings': [at(0, 1000, 10), at(10, 1010, 10)] })).toEqual([]);
    expect(errors({ ...withUser, '/linux/uidMappings': [at(0, 1, 4294967295)] })).toEqual(['/linux/uidMappings/0/size']);
    expect(errors({ ...withUser, '/linux/uidMappings': [at(0, 0, 4294967295)] })).toEqual([]);
    const lines = (count: number): unknown => Array.from({ length: count }, (_, index) => at(index, index, 1));
    expect(errors({ ...withUser, '/linux/uidMappings': lines(340) })).toEqual([]);
    expect(errors({ ...withUser, '/linux/uidMappings': lines(341) })).toEqual(['/linux/uidMappings']);
  });
});

describe('the checks of sysctl', () => {
  it.each([
    'net.ipv4.ip_forward',
    'net/ipv4/conf/eth0.100/forwarding',
    'kernel.shmmax',
    'kernel.sem',
    'kernel/msgmax',
    'fs.mqueue.msg_max',
    'kernel.domainname',
  ])('accept %s', (name) => {
    expect(errors({ '/linux/sysctl': { [name]: '1' } })).toEqual([]);
  });

  it.each([
    ['kernel.core_pattern', 'sysctl "kernel.core_pattern" is not in a separate kernel namespace'],
    ['vm.swappiness', 'sysctl "vm.swappiness" is not in a separate kernel namespace'],
    ['kernel.hostname', 'sysctl "kernel.hostname" is not allowed as it conflicts with the OCI "hostname" field'],
    ['user.max_user_namespaces', 'sysctl "user.max_user_namespaces" is not allowed in the hosts user namespace'],
    ['net/../kernel/core_pattern', 'sysctl "net/../kernel/core_pattern" is not the name of a kernel parameter'],
    ['net.//.kernel.core_pattern', 'sysctl "net.//.kernel.core_pattern" is not the name of a kernel parameter'],
    ['net..ipv4', 'sysctl "net..ipv4" is not the name of a kernel parameter'],
    ['fs.mqueue', 'sysctl "fs.mqueue" is not in a separate kernel namespace'],
    ['network.x', 'sysctl "network.x" is not in a separate kernel namespace'],
  ])('refuse %s', (name, message) => {
    expect(words({ '/linux/sysctl': { [name]: '1' } })).toBe(message);
  });

  it('require the namespace that the parameter belongs to', () => {
    const namespaces = [{ type: 'mount' }];
    const sysctl = { 'net.ipv4.ip_forward': '1', 'kernel.sem': '1', 'kernel.domainname': 'x' };
    expect(errors({ '/hostname': undefined, '/linux/namespaces': namespaces, '/linux/sysctl': sysctl })).toEqual(
      Object.keys(sysctl).map((name) => `/linux/sysctl/${name}`),
    );
    expect(errors({ ...withUser, '/linux/sysctl': { 'user.max_user_namespaces': '1' } })).toEqual([]);
  });

  it('refuse a domain name that contradicts the field', () => {
    expect(errors({ '/domainname': 'a', '/linux/sysctl': { 'kernel.domainname': 'b' } })).toEqual(['/linux/sysctl/kernel.domainname']);
  });
});

describe('the checks of mounts', () => {
  const bind = { destination: '/data', source: '/srv', options: ['rbind'] };
  const one = (mount: unknown): Readonly<Record<string, unknown>> => ({ '/mounts': [mount] });

  it('require an absolute destination', () => {
    expect(warnings(one({ ...bind, destination: 'data' }))).toEqual(['/mounts/0/destination']);
    expect(errors(one({ ...bind, destination: '' }))).toEqual(['/mounts/0/destination']);
  });

  it('require a source for a bind mount', () => {
    expect(errors(one({ ...bind, source: undefined }))).toEqual(['/mounts/0/source']);
    expect(errors(one({ destination: '/data', type: 'bind' }))).toEqual(['/mounts/0/source']);
    expect(errors(one({ destination: '/data', options: ['bind', 'remount', 'ro'] }))).toEqual([]);
  });

  it('allow tmpcopyup only for a tmpfs', () => {
    expect(warnings(one({ destination: '/run', type: 'tmpfs', options: ['tmpcopyup'] }))).toEqual([]);
    expect(warnings(one({ ...bind, options: ['bind', 'tmpcopyup'] }))).toEqual(['/mounts/0/options']);
  });

  it('allow id maps only for bind mounts, and only both maps', () => {
    expect(errors(one({ ...bind, uidMappings: [root], gidMappings: [root] }))).toEqual([]);
    expect(words(one({ ...bind, uidMappings: [root] }))).toBe('id-mapped mounts must have both uid and gid mappings specified');
    expect(words(one({ destination: '/t', type: 'tmpfs', uidMappings: [root], gidMappings: [root] }))).toBe(
      'id-mapped mounts are only supported for bind-mounts',
    );
    expect(errors(one({ ...bind, options: ['bind', 'idmap'] }))).toEqual(['/mounts/0/options']);
    expect(errors({ ...withUser, ...one({ ...bind, options: ['bind', 'ridmap'] }) })).toEqual([]);
    expect(errors(one({ ...bind, options: ['bind', 'idmap=uids=0-1-1;gids=0-1-1'] }))).toEqual([]);
    expect(errors(one({ ...bind, uidMappings: [root, root], gidMappings: [root] }))).toContain('/mounts/0/uidMappings/1/hostID');
  });

  it.each(['/proc/self', '/proc/net/dev', '/proc/sys', '//proc/./kcore', '/tmp/../proc/1', 'proc/acpi', '/proc/cpuinfo/x'])(
    'refuse the destination %s',
    (destination) => {
      expect(errors(one({ ...bind, destination }))).toEqual(['/mounts/0/destination']);
    },
  );

  it.each(['/proc/cpuinfo', '/proc/uptime', '/proc/sys/kernel/ns_last_pid', '/process', '/srv/proc/1'])(
    'accept the destination %s',
    (destination) => {
      expect(errors(one({ ...bind, destination }))).toEqual([]);
    },
  );

  it('allow only procfs on /proc', () => {
    expect(words(one({ destination: '/proc', type: 'tmpfs' }))).toBe('"/proc" cannot be mounted because it is not of type proc');
    expect(errors(one({ destination: '/proc', type: 'proc' }))).toEqual([]);
  });
});

describe('the checks of devices', () => {
  it('require absolute paths and numbers', () => {
    const devices = [
      { type: 'c', path: '/dev/fuse', major: 10, minor: 229 },
      { type: 'p', path: '/dev/pipe' },
      { type: 'c', path: 'dev/x' },
      { type: 'b', path: '/dev/y', major: 5000, minor: 0 },
    ];
    expect(errors({ '/linux/devices': devices })).toEqual([
      '/linux/devices/2/path',
      '/linux/devices/2/major',
      '/linux/devices/2/minor',
      '/linux/devices/3/major',
    ]);
  });

  it('require known letters and numbers in rules', () => {
    const devices = [
      { allow: true, type: 'c', major: -1, minor: 5, access: 'rw' },
      { allow: true, access: 'rx' },
      { allow: false, major: -2 },
    ];
    expect(errors({ '/linux/resources/devices': devices })).toEqual([
      '/linux/resources/devices/1/access',
      '/linux/resources/devices/2/major',
    ]);
  });

  it('take -1 for no limit, and no other negative number, except for a quota', () => {
    const fields = ['memory/limit', 'memory/reservation', 'memory/swap', 'pids/limit'];
    const limits = (value: number): object => {
      const memory = { limit: value, reservation: value, swap: value };
      return { '/linux/resources/memory': memory, '/linux/resources/pids': { limit: value } };
    };
    expect(errors({ ...limits(-1), '/linux/resources/cpu': { quota: -5 } })).toEqual([]);
    for (const value of [-2, -5, Number.MIN_SAFE_INTEGER])
      expect(errors({ ...limits(value) })).toEqual(fields.map((field) => `/linux/resources/${field}`));
  });
});

describe('the checks of paths', () => {
  it('require absolute masked and read-only paths', () => {
    expect(errors({ '/linux/maskedPaths': ['proc/kcore'], '/linux/readonlyPaths': ['/a', 'b'] })).toEqual([
      '/linux/maskedPaths/0',
      '/linux/readonlyPaths/1',
    ]);
  });

  it('keep cgroups inside the hierarchy', () => {
    expect(errors({ '/linux/cgroupsPath': '/a/../../b' })).toEqual(['/linux/cgroupsPath']);
    expect(errors({ '/linux/cgroupsPath': '/a..b/c' })).toEqual([]);
  });
  it('require files of a controller for limits in the words of cgroup v2', () => {
    expect(errors({ '/linux/resources/unified': { 'memory.high': '1', 'hugetlb.2MB.max': '1', 'cgroup.max.depth': '1' } })).toEqual([]);
    expect(errors({ '/linux/resources/unified': { 'cgroup.procs': '1', 'a/b.c': '1' } })).toEqual([
      '/linux/resources/unified/cgroup.procs',
      '/linux/resources/unified/a~1b.c',
    ]);
  });

  it('require absolute paths and positive timeouts for hooks', () => {
    const hooks = { poststop: [{ path: '/bin/true', timeout: 1 }, { path: 'true' }, { path: '/bin/true', timeout: 0 }] };
    expect(errors({ '/hooks': hooks })).toEqual(['/hooks/poststop/1/path', '/hooks/poststop/2/timeout']);
  });
});

describe('the checks of seccomp', () => {
  const notify = { names: ['openat'], action: 'SCMP_ACT_NOTIFY' };
  const profile = (changes: object): Readonly<Record<string, unknown>> => ({
    '/linux/seccomp': { defaultAction: 'SCMP_ACT_ALLOW', ...changes },
  });

  it('require an agent for notifications', () => {
    expect(errors(profile({ syscalls: [notify] }))).toEqual(['/linux/seccomp/listenerPath']);
    expect(errors(profile({ syscalls: [notify], listenerPath: '/run/agent.sock', listenerMetadata: 'x' }))).toEqual([]);
    expect(errors(profile({ listenerMetadata: 'x' }))).toEqual(['/linux/seccomp/listenerMetadata']);
    expect(errors(profile({ listenerPath: 'agent.sock' }))).toEqual(['/linux/seccomp/listenerPath']);
  });

  it('refuse notification of everything, and of calls that the notification needs', () => {
    expect(words(profile({ defaultAction: 'SCMP_ACT_NOTIFY' }))).toBe('SCMP_ACT_NOTIFY cannot be used as default action');
    expect(words(profile({ syscalls: [{ ...notify, names: ['read', 'write'] }], listenerPath: '/s' }))).toBe(
      'SCMP_ACT_NOTIFY cannot be used for the write syscall',
    );
  });

  it('warn of entries without names', () => {
    expect(warnings(profile({ syscalls: [{ names: [], action: 'SCMP_ACT_LOG' }] }))).toEqual(['/linux/seccomp/syscalls/0/names']);
  });
});

describe('the checks against the host', () => {
  it('require the security module of a label', () => {
    expect(errors({ '/process/apparmorProfile': 'p' }, { apparmor: false })).toEqual(['/process/apparmorProfile']);
    expect(errors({ '/process/selinuxLabel': 'l', '/linux/mountLabel': 'm' }, { selinux: false })).toEqual([
      '/process/selinuxLabel',
      '/linux/mountLabel',
    ]);
    expect(errors({ '/process/apparmorProfile': 'p', '/process/selinuxLabel': 'l' })).toEqual([]);
  });
});

describe('the checks of intelRdt', () => {
  it('require resctrl and a valid class name', () => {
    expect(errors({ '/linux/intelRdt': { closID: 'x' } })).toEqual([]);
    expect(errors({ '/linux/intelRdt': { closID: 'x' } }, { resctrlMount: null })).toEqual(['/linux/intelRdt']);
    expect(errors({ '/linux/intelRdt': { closID: '../x' } })).toEqual(['/linux/intelRdt/closID']);
    expect(errors({ '/linux/intelRdt': { schemata: ['L3:0=f\nMB:0=10'] } })).toEqual(['/linux/intelRdt/schemata/0']);
  });
});

describe('the checks of unsupported fields', () => {
  it('warn of each', () => {
    expect(warnings({ '/linux/personality': { domain: 'LINUX32', flags: ['X'] } })).toEqual(['/linux/personality/flags']);
    expect(warnings({ '/annotations': { '': 'x' } })).toEqual(['/annotations/']);
  });
});
