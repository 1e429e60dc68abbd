import { describe, expect, test } from 'vitest';
import { namespaceFlags } from '../../../../src/spec/names/namespaces.js';
import { host, names, only, all, planOf } from '../fixtures.js';

const { mount, uts, ipc, pid, network, user, cgroup } = namespaceFlags;
const mappings = {
  uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  gidMappings: [{ containerID: 0, hostID: 200_000, size: 1 }],
};

describe('namespaces', () => {
  test('that are new are created by the clone, except cgroup and time', () => {
    const plan = planOf({
      linux: {
        namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup', 'time'].map((type) => ({ type })),
        timeOffsets: { boottime: { secs: -5, nanosecs: 7 } },
      },
    });
    expect(plan.cloneFlags).toBe(pid | network | ipc | uts | mount);
    expect(only(plan, 'unshare').namespaces).toBe(cgroup);
    expect(only(plan, 'timeOffsets').offsets).toBe('boottime -5 7\n');
  });

  test('of type time are created even without offsets', () => {
    expect(only(planOf({ linux: { namespaces: [{ type: 'mount' }, { type: 'time' }] } }), 'timeOffsets').offsets).toBe('');
  });

  test('with an empty path are new', () => {
    expect(planOf({ linux: { namespaces: [{ type: 'mount', path: '' }] } }).cloneFlags).toBe(mount);
  });

  test('are joined by tsrun-init, the mount namespace last, and its child continues in the pid namespace', () => {
    const plan = planOf({
      linux: {
        namespaces: [
          { type: 'mount', path: '/ns/mnt' },
          { type: 'pid', path: '/ns/pid' },
          { type: 'network', path: '/ns/net' },
          { type: 'ipc' },
        ],
      },
    });
    expect(plan.cloneFlags).toBe(0);
    expect(plan.operations.slice(0, 4)).toEqual([
      { op: 'joinNamespace', fd: 4, namespace: network, path: '/ns/net' },
      { op: 'joinNamespace', fd: 5, namespace: pid, path: '/ns/pid' },
      { op: 'joinNamespace', fd: 6, namespace: mount, path: '/ns/mnt' },
      { op: 'respawn', cloneFlags: ipc },
    ]);
    expect(plan.descriptors.slice(0, 3)).toEqual([
      { kind: 'namespace', path: '/ns/net', type: 'network' },
      { kind: 'namespace', path: '/ns/pid', type: 'pid' },
      { kind: 'namespace', path: '/ns/mnt', type: 'mount' },
    ]);
    expect(names(plan)).not.toContain('loopbackUp');
  });

  test('of type user wait for their maps before anything else', () => {
    const plan = planOf({ linux: { ...mappings, namespaces: [{ type: 'user' }, { type: 'mount' }, { type: 'pid' }] } });
    expect(plan.cloneFlags).toBe(user | mount | pid);
    expect(names(plan).slice(0, 2)).toEqual(['sync', 'becomeRoot']);
    expect(only(plan, 'sync').point).toBe(1);
    expect(plan.idMaps).toEqual({ uidMap: '0 100000 65536\n', gidMap: '0 200000 1\n' });
  });

  test('that are joined along with a new user namespace are entered before it is created', () => {
    const plan = planOf({
      linux: { ...mappings, namespaces: [{ type: 'user' }, { type: 'mount' }, { type: 'pid' }, { type: 'network', path: '/ns/net' }] },
      process: { oomScoreAdj: 3 },
    });
    expect(plan.cloneFlags).toBe(0);
    expect(names(plan).slice(0, 6)).toEqual(['oomScoreAdj', 'rlimit', 'joinNamespace', 'respawn', 'sync', 'becomeRoot']);
    expect(only(plan, 'respawn').cloneFlags).toBe(user | mount | pid);
    expect(plan.hostLimits).toEqual([]);
  });

  test('need no other process if no pid namespace is created', () => {
    const plan = planOf({
      linux: { ...mappings, namespaces: [{ type: 'user' }, { type: 'mount' }, { type: 'network', path: '/ns/net' }] },
    });
    expect(names(plan)).not.toContain('respawn');
    expect(only(plan, 'unshare').namespaces).toBe(user | mount);
  });

  test('are joined by root with the user namespace last, and the rest is created inside it', () => {
    const namespaces = [{ type: 'user', path: '/ns/user' }, { type: 'network', path: '/ns/net' }, { type: 'mount' }, { type: 'pid' }];
    const plan = planOf({ linux: { namespaces } });
    expect(names(plan).slice(0, 5)).toEqual(['rlimit', 'joinNamespace', 'joinNamespace', 'becomeRoot', 'respawn']);
    expect(all(plan, 'joinNamespace').map(({ path }) => path)).toEqual(['/ns/net', '/ns/user']);
    expect(only(plan, 'respawn').cloneFlags).toBe(mount | pid);
    expect(plan.idMaps).toBeNull();
  });

  test('are joined without root with the user namespace first, which gives the right to join the others', () => {
    const namespaces = [{ type: 'network', path: '/ns/net' }, { type: 'user', path: '/ns/user' }, { type: 'mount' }];
    const plan = planOf({ linux: { namespaces } }, { host: { ...host, euid: 1000 } });
    expect(all(plan, 'joinNamespace').map(({ path }) => path)).toEqual(['/ns/user', '/ns/net']);
  });

  test('of type network get their devices once they exist', () => {
    expect(only(planOf({ linux: { netDevices: { eth0: {} } } }), 'sync').point).toBe(2);
  });

  test('of type uts get host and domain name if they are configured', () => {
    const plan = planOf({ top: { hostname: 'web', domainname: 'example' } });
    expect([only(plan, 'hostname').name, only(plan, 'domainname').name]).toEqual(['web', 'example']);
    expect(names(planOf({ top: { hostname: '' } }))).not.toContain('hostname');
  });
});
