import { describe, expect, it } from 'vitest';
import type { Sys } from '../../../src/sys/contract.js';
import { checkBundle } from '../../../src/bundle/check.js';
import type { Problem } from '../../../src/spec/problem.js';
import { bindFakeSys, systemError } from '../fake_sys.js';
import { config, host } from '../spec/fixtures.js';

const everyController = ['cpu', 'memory', 'io', 'pids', 'cpuset', 'hugetlb', 'rdma'];
const NSFS_MAGIC = 0x6e736673;

interface Bundle {
  readonly text?: string;
  readonly changes?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly controllers?: readonly string[];
  readonly overrides?: Partial<Sys>;
}

function check({ text, changes = {}, files = {}, controllers = everyController, overrides = {} }: Bundle): readonly Problem[] {
  bindFakeSys({ files: { '/b/config.json': text ?? config(changes), '/b/rootfs/bin/sh': '', ...files }, overrides });
  return checkBundle({ bundle: '/b', host, controllers });
}

function pointers(bundle: Bundle): readonly string[] {
  return check(bundle).map(({ pointer }) => pointer);
}

describe('checking a bundle', () => {
  it('finds nothing in a valid one', () => {
    expect(check({})).toEqual([]);
  });

  it('lists wrong shapes, invalid meanings and missing files, all at once', () => {
    const changes = {
      '/process/user/uid': -1,
      '/process/cwd': 'tmp',
      '/process/args': ['/bin/none'],
      '/hostname': 7,
      '/mounts/0/destination': [],
      '/mounts/1/source': undefined,
      '/mounts/1/type': 'bind',
      '/root/path': 'elsewhere',
    };
    expect(pointers({ changes })).toEqual([
      '/process/user/uid',
      '/hostname',
      '/mounts/0/destination',
      '/process/cwd',
      '/mounts/1/source',
      '/root/path',
      '/process/args/0',
    ]);
  });

  it('does not repeat problems that follow from a wrong shape', () => {
    expect(pointers({ changes: { '/process/cwd': undefined } })).toEqual(['/process/cwd']);
    expect(pointers({ changes: { '/root/path': 1 } })).toEqual(['/root/path', '/process/args/0']);
    expect(pointers({ changes: { '/process': [] } })).toEqual(['/process']);
    expect(pointers({ changes: { '/linux/uidMappings': [{ containerID: 0, hostID: 0, size: 0 }] } })).toEqual([
      '/linux/uidMappings/0/size',
    ]);
    // One wrong entry leaves the others to be checked; a value that is not a list does not.
    expect(pointers({ changes: { '/linux/namespaces': [{ type: 'utss' }] } })).toContain('/linux/namespaces/0/type');
    expect(pointers({ changes: { '/linux/namespaces': 'all' } })).toEqual(['/linux/namespaces']);
  });

  it.each(['', '{', 'null', '7', '[]'])('reports one problem if the document is %j', (text) => {
    expect(pointers({ text })).toEqual(['']);
  });

  it('reports one problem if there is no bundle', () => {
    bindFakeSys();
    expect(checkBundle({ bundle: '/b', host, controllers: [] })).toMatchObject([
      { pointer: '', words: 'find bundle "/b": no such file or directory (ENOENT)' },
    ]);
  });

  it('names the controller that a limit needs', () => {
    const resources = {
      memory: { limit: 1024, swap: -1, swappiness: 60 },
      cpu: { quota: -1, shares: 0, cpus: '0' },
      pids: { limit: 10 },
      blockIO: { weight: 100, throttleReadBpsDevice: [] },
      hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
      rdma: { mlx5_1: { hcaHandles: 1 } },
      unified: { 'memory.high': '1', 'cgroup.max.depth': '2', 'misc.max': 'a 1' },
    };
    const found = check({ changes: { '/linux/resources': resources }, controllers: ['hugetlb'] });
    expect(found.map(({ pointer }) => pointer)).toEqual([
      '/linux/resources/memory/limit',
      '/linux/resources/cpu/cpus',
      '/linux/resources/pids/limit',
      '/linux/resources/blockIO/weight',
      '/linux/resources/rdma/mlx5_1',
      '/linux/resources/unified/memory.high',
      '/linux/resources/unified/misc.max',
    ]);
    expect(found[0]?.expected).toBe('absent without the cgroup v2 controller "memory"');
    expect(found[3]?.remedy).toContain('cgroup_no_v1=blkio');
  });

  it('reports files that it cannot examine, and continues', () => {
    const overrides: Partial<Sys> = {
      status: ({ path }) => {
        if (path !== '/b/rootfs') return null;
        throw systemError('EACCES', 'statx', path);
      },
    };
    const [first] = check({ overrides });
    expect(first?.words).toBe('statx "/b/rootfs": permission denied (EACCES)');
    const locked: Partial<Sys> = {
      readText: ({ path }) => {
        throw systemError('EACCES', 'open', path);
      },
    };
    expect(check({ overrides: locked })).toMatchObject([{ words: 'read "/b/config.json": permission denied (EACCES)' }]);
  });
});

describe('checking the disk', () => {
  it('finds a missing root file system', () => {
    expect(pointers({ changes: { '/root/path': '/b/config.json', '/process/args': ['/bin/sh'] } })).toContain('/root/path');
  });

  it("finds a missing program, searched in the container's PATH", () => {
    const elsewhere = { '/process/args': ['tool'], '/process/env': ['PATH=/opt/bin:/usr/bin'] };
    expect(pointers({ changes: elsewhere })).toEqual(['/process/args/0']);
    expect(pointers({ changes: elsewhere, files: { '/b/rootfs/opt/bin/tool': '' } })).toEqual([]);
    expect(pointers({ changes: { '/process/args': ['./tool'], '/process/cwd': '/srv' }, files: { '/b/rootfs/srv/tool': '' } })).toEqual([]);
  });

  it('does not search for a program below a mount', () => {
    const mounts = [{ destination: '/tools', source: '/b', options: ['bind'] }];
    expect(pointers({ changes: { '/process/args': ['/tools/x'], '/mounts': mounts } })).toEqual([]);
  });

  it('finds missing sources of bind mounts, relative to the bundle', () => {
    const mounts = ['data', '/srv/none', '/b/rootfs'].map((source) => ({ destination: '/mnt', source, options: ['rbind'] }));
    expect(pointers({ changes: { '/mounts': mounts }, files: { '/b/data/file': '' } })).toEqual(['/mounts/1/source']);
  });

  it('finds missing hooks, except those inside the container', () => {
    const hooks = { prestart: [{ path: '/usr/bin/hook' }], poststop: [{ path: '/usr/bin/none' }], startContainer: [{ path: '/inside' }] };
    expect(pointers({ changes: { '/hooks': hooks }, files: { '/usr/bin/hook': '' } })).toEqual(['/hooks/poststop/0/path']);
  });

  it('finds missing namespaces', () => {
    const namespaces = [
      { type: 'mount' },
      { type: 'uts', path: '/run/uts' },
      { type: 'ipc', path: '/run/ipc' },
      { type: 'pid', path: '/run/none' },
    ];
    const overrides: Partial<Sys> = { filesystemType: ({ path }) => (path === '/run/uts' ? NSFS_MAGIC : 0) };
    expect(pointers({ changes: { '/linux/namespaces': namespaces }, files: { '/run/uts': '', '/run/ipc': '' }, overrides })).toEqual([
      '/linux/namespaces/2/path',
      '/linux/namespaces/3/path',
    ]);
  });

  it('finds missing interfaces and a missing seccomp agent', () => {
    const changes = {
      '/linux/netDevices': { eth1: {}, eth2: {} },
      '/linux/seccomp': { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/agent' },
    };
    expect(pointers({ changes, files: { '/sys/class/net/eth1': '' } })).toEqual(['/linux/netDevices/eth2', '/linux/seccomp/listenerPath']);
  });
});
