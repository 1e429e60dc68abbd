import { describe, expect, test } from 'vitest';
import { mountAttribute, propagationFlag, superblockFlag } from '../../../../src/protocol/mount_flags.js';
import { mountOption } from '../../../../src/protocol/operations.js';
import { RuntimeError } from '../../../../src/errors/runtime_error.js';
import type { CreateInput } from '../../../../src/plan/types.js';
import type { Mount } from '../../../../src/spec/types.js';
import { all, defaultSpec, host, names, only, planOf } from '../fixtures.js';

const userNamespace = {
  namespaces: [{ type: 'user' }, { type: 'mount' }],
  uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
  gidMappings: [{ containerID: 0, hostID: 2000, size: 10 }],
};
const rprivate = propagationFlag.private | propagationFlag.recursive;

function mountsOf(mounts: readonly object[], linux: Readonly<Record<string, unknown>> = {}, input: Partial<CreateInput> = {}) {
  return planOf({ top: { mounts }, linux }, input);
}

describe('mounts', () => {
  test('keep their order', () => {
    expect(all(planOf(), 'mount').map(({ destination }) => destination)).toEqual(defaultSpec.mounts.map(({ destination }) => destination));
  });

  test('allow no symlink on the way to proc and sysfs', () => {
    const plan = planOf();
    const strict = all(plan, 'mount').filter(({ options }) => (options & mountOption.noSymlinks) !== 0);
    expect(strict.map(({ type }) => type)).toEqual(['proc', 'sysfs']);
  });

  test('have absolute and clean destinations', () => {
    expect(only(mountsOf([{ destination: 'a/../b//c/', type: 'tmpfs' }]), 'mount').destination).toBe('/b/c');
  });

  test('that are new and read-only have a read-only superblock, too', () => {
    const { set, superblock } = only(mountsOf([{ destination: '/sys', type: 'sysfs', options: ['ro'] }]), 'mount');
    expect([set, superblock]).toEqual([mountAttribute.readonly, superblockFlag.readonly]);
  });

  test('that are a read-only tmpfs become read-only after the switch of the root, when everything is in it', () => {
    const plan = mountsOf([{ destination: '/dev', type: 'tmpfs', options: ['ro', 'nosuid'] }]);
    const [first, later] = all(plan, 'mount');
    expect(first).toMatchObject({ set: mountAttribute.nosuid, superblock: 0 });
    expect(later).toMatchObject({ options: mountOption.remount, set: mountAttribute.readonly, destination: '/dev' });
    expect(names(plan).lastIndexOf('mount')).toBeGreaterThan(names(plan).indexOf('pivotRoot'));
  });

  const temporary = (destination: string): Mount => ({ destination, type: 'tmpfs', options: ['ro'] });

  test.each<readonly [string, readonly Mount[], readonly string[]]>([
    ['at the same place', [temporary('/a/b'), { destination: '/a//b/', source: '/v', options: ['bind'] }], ['/a/b', 'ro /a/b', '/a/b']],
    [
      'above it',
      [temporary('/a/b/c'), temporary('/x'), { destination: '/a', source: '/v', options: ['bind'] }],
      ['/a/b/c', '/x', 'ro /a/b/c', '/a', 'ro /x'],
    ],
    ['that is a read-only tmpfs, too', [temporary('/a'), temporary('/a')], ['/a', 'ro /a', '/a', 'ro /a']],
  ])('that are a read-only tmpfs become read-only before a later mount covers them: one %s', (_, mounts, order) => {
    const made = all(mountsOf([...mounts]), 'mount').map(
      ({ options, destination }) => `${options & mountOption.remount ? 'ro ' : ''}${destination}`,
    );
    expect(made.filter((text) => order.includes(text))).toEqual(order);
  });

  test('that are a read-only tmpfs become read-only if a later mount lies in them, beside them or changes them', () => {
    const mounts: Mount[] = [
      temporary('/a'),
      temporary('/b'),
      temporary('/bc'),
      { destination: '/a/in', source: '/v', options: ['bind'] },
      { destination: '/b', options: ['bind', 'remount', 'nosuid'] },
    ];
    const later = all(mountsOf(mounts), 'mount').filter(({ set }) => set === mountAttribute.readonly);
    expect(later.map(({ destination }) => destination)).toEqual(['/a', '/b', '/bc']);
  });

  test('have known options as bits and unknown options as data', () => {
    const { options, data } = only(
      mountsOf([{ destination: '/t', type: 'tmpfs', options: ['tmpcopyup', 'dest-nofollow', 'size=1m'] }]),
      'mount',
    );
    expect(options).toBe(mountOption.copyUp | mountOption.destinationNoFollow);
    expect(data).toEqual(['size=1m']);
  });

  test('have additional propagation options as separate changes', () => {
    const plan = mountsOf([{ destination: '/t', type: 'tmpfs', options: ['slave', 'shared'] }]);
    expect(only(plan, 'mount').propagation).toBe(propagationFlag.slave);
    expect(only(plan, 'propagation')).toMatchObject({ propagation: propagationFlag.shared, destination: '/t' });
  });

  test('get the mount label as an option if the file system accepts it', () => {
    const plan = mountsOf(
      [
        { destination: '/t', type: 'tmpfs' },
        { destination: '/proc', type: 'proc' },
        { destination: '/b', source: '/b', options: ['bind'] },
      ],
      {
        mountLabel: 'system_u:object_r:x:s0:c1,c2',
        maskedPaths: ['/proc/kcore'],
      },
    );
    expect(all(plan, 'mount').map(({ data }) => data)).toEqual([['context=system_u:object_r:x:s0:c1,c2'], [], []]);
    expect(only(plan, 'mask').label).toBe('system_u:object_r:x:s0:c1,c2');
  });

  test('of type mqueue get the mount label on their root, because it is not accepted as an option', () => {
    const mqueue = { destination: '/q', type: 'mqueue' };
    expect(only(mountsOf([mqueue], { mountLabel: 'a:b:c:s0' }), 'mount')).toMatchObject({
      options: mountOption.labelRoot,
      data: ['context=a:b:c:s0'],
    });
    expect(only(mountsOf([mqueue]), 'mount')).toMatchObject({ options: 0, data: [] });
  });

  test('prefer their own label to the mount label, without the quotes of mount(2)', () => {
    const plan = mountsOf([{ destination: '/t', type: 'tmpfs', options: ['context="a:b:own:s0:c1,c2"'] }], { mountLabel: 'a:b:c:s0' });
    expect(only(plan, 'mount').data).toEqual(['context=a:b:own:s0:c1,c2']);
  });

  test('are not made without a mount namespace', () => {
    expect(names(planOf({ linux: { namespaces: [] } }))).not.toContain('mount');
  });
});

describe('bind mounts', () => {
  test('are opened by tsrun-init if it can reach them', () => {
    const plan = mountsOf([{ destination: '/d', source: 'data', options: ['rbind', 'ro', 'rprivate'] }]);
    expect(only(plan, 'mount')).toMatchObject({
      options: mountOption.bind | mountOption.recursive,
      set: mountAttribute.readonly,
      superblock: 0,
      propagation: rprivate,
      source: '/bundle/data',
      idmap: -1,
    });
  });

  test('are also requested by the type alone', () => {
    expect(only(mountsOf([{ destination: '/d', source: '/d', type: 'bind' }]), 'mount').options).toBe(mountOption.bind);
  });

  test('may need tsrun with a user namespace', () => {
    const mounts = [
      { destination: '/a', source: '/a', options: ['rbind'] },
      { destination: '/b', source: '/b', options: ['bind', 'rprivate', 'src-nofollow'] },
    ];
    const plan = mountsOf(mounts, userNamespace);
    expect(all(plan, 'mount').map(({ options }) => options)).toEqual([
      mountOption.bind | mountOption.recursive | mountOption.fromHost,
      mountOption.bind | mountOption.sourceNoFollow | mountOption.fromHost,
    ]);
    expect(all(plan, 'mount').map(({ idmap, propagation }) => [idmap, propagation])).toEqual([
      [-1, 0],
      [-1, rprivate],
    ]);
  });

  test('need no source for remount', () => {
    const { options, source, set } = only(mountsOf([{ destination: '/a', source: '/a', options: ['bind', 'remount', 'ro'] }]), 'mount');
    expect(options).toBe(mountOption.bind | mountOption.remount);
    expect([source, set]).toEqual(['', mountAttribute.readonly]);
  });

  test("of the host's /dev prevent the creation of devices", () => {
    const plan = mountsOf([{ destination: '/dev/', source: '/dev', options: ['rbind'] }]);
    expect(names(plan)).not.toContain('device');
    expect(names(plan)).not.toContain('symlink');
  });
});

describe('id-mapped mounts', () => {
  const idmapOf = (mount: object, linux: Readonly<Record<string, unknown>> = {}): unknown =>
    mountsOf([{ destination: '/a', source: '/a', ...mount }], linux).mountIdmaps[0];

  test('may have their own mappings', () => {
    const mappings = { uidMappings: [{ containerID: 0, hostID: 5, size: 2 }], gidMappings: [{ containerID: 0, hostID: 6, size: 3 }] };
    expect(idmapOf({ ...mappings, options: ['bind'] })).toEqual({ uidMap: '0 5 2\n', gidMap: '0 6 3\n', recursive: false });
    expect(idmapOf({ ...mappings, options: ['rbind', 'ridmap'] })).toEqual({ uidMap: '0 5 2\n', gidMap: '0 6 3\n', recursive: true });
  });

  test("may use the container's mappings", () => {
    expect(idmapOf({ options: ['bind', 'idmap'] }, userNamespace)).toEqual({
      uidMap: '0 1000 10\n',
      gidMap: '0 2000 10\n',
      recursive: false,
    });
    expect(() => idmapOf({ options: ['bind', 'idmap'] })).toThrow('needs mappings');
  });

  test("may use crun's notation, absolute and relative to the container", () => {
    expect(idmapOf({ options: ['bind', 'idmap=uids=0-1-10#10-11-10;gids=0-3-10'] })).toEqual({
      uidMap: '0 1 10\n10 11 10\n',
      gidMap: '0 3 10\n',
      recursive: false,
    });
    expect(idmapOf({ options: ['bind', 'idmap=uids=@1-3-2;gids=@0-0-1'] }, userNamespace)).toMatchObject({
      uidMap: '1 1003 2\n',
      gidMap: '0 2000 1\n',
    });
  });

  test.each([
    'idmap=uids=0-1;gids=0-1-1',
    'idmap=uids=0-1-1',
    'idmap=pids=0-1-1',
    'idmap=uids=@0-99-1;gids=@0-0-1',
    'idmap=uids=0-1--1;gids=0-1-1',
  ])('with the option %s are refused', (option) => {
    expect(() => idmapOf({ options: ['bind', option] }, userNamespace)).toThrow(RuntimeError);
  });

  test('must be bind mounts', () => {
    expect(() => mountsOf([{ destination: '/t', type: 'tmpfs', options: ['idmap'] }], userNamespace)).toThrow('only bind mounts');
  });
});

describe('cgroup mounts', () => {
  const mount = { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro', 'nsdelegate'] };

  test('are a new cgroup2 in a cgroup namespace', () => {
    expect(only(mountsOf([mount]), 'mount')).toMatchObject({ type: 'cgroup2', options: 0, data: ['nsdelegate'] });
  });

  test('keep the source for the mount table', () => {
    expect(only(mountsOf([{ ...mount, source: 'mine' }]), 'mount').source).toBe('mine');
  });

  test("are the host's hierarchy without one, read-only", () => {
    const plan = mountsOf([mount], { namespaces: [{ type: 'mount' }] });
    expect(only(plan, 'mount')).toMatchObject({
      options: mountOption.bind | mountOption.recursive,
      source: '/sys/fs/cgroup',
      recursiveSet: mountAttribute.readonly,
      data: [],
    });
  });

  test("have the container's own part writable in it unless they are read-only", () => {
    const plan = mountsOf([{ ...mount, options: ['rw'] }], { namespaces: [{ type: 'mount' }] });
    expect(all(plan, 'mount')).toMatchObject([
      { source: '/sys/fs/cgroup', destination: '/sys/fs/cgroup', recursiveSet: mountAttribute.readonly },
      { source: '/sys/fs/cgroup/tsrun/web', destination: '/sys/fs/cgroup/tsrun/web', set: 0, recursiveSet: 0 },
    ]);
  });

  test("are the container's directory if a new user namespace has no rights over the cgroup namespace", () => {
    const plan = mountsOf([mount], { namespaces: [{ type: 'mount' }, { type: 'user' }, { type: 'cgroup', path: '/proc/1/ns/cgroup' }] });
    expect(only(plan, 'mount')).toMatchObject({
      options: mountOption.bind | mountOption.recursive | mountOption.fromHost,
      source: '/sys/fs/cgroup/tsrun/web',
    });
  });

  test('are entirely read-only if the container has no directory', () => {
    const plan = mountsOf([{ ...mount, options: [] }], { namespaces: [{ type: 'mount' }] }, { cgroupPath: null });
    expect(only(plan, 'mount')).toMatchObject({ source: '/sys/fs/cgroup', recursiveSet: mountAttribute.readonly });
  });

  test('are refused if the host has no cgroup v2', () => {
    expect(() => mountsOf([mount], {}, { host: { ...host, cgroupMount: null } })).toThrow('no cgroup v2');
  });
});
