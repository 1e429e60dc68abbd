import { describe, expect, test } from 'vitest';
import { beginningOf, commonBeginning, remainderOf } from '../../../../src/container/warm/prefix.js';
import { mountOption, type Operation, type OperationName } from '../../../../src/protocol/operations.js';
import { shapes } from '../../../../src/protocol/shapes.js';
import type { ContainerPlan } from '../../../../src/plan/types.js';
import { namespaceFlags } from '../../../../src/spec/names/namespaces.js';

const { pid, network, ipc, uts, mount } = namespaceFlags;

const nothing = {
  op: 'mount',
  options: 0,
  superblock: 0,
  set: 0,
  clear: 0,
  recursiveSet: 0,
  recursiveClear: 0,
  propagation: 0,
  idmap: -1,
  source: '',
  data: [],
} as const;
const mounted = (type: string, destination: string, change: Partial<Extract<Operation, { op: 'mount' }>> = {}): Operation => ({
  ...nothing,
  type,
  destination,
  ...change,
});
const bound = (source: string, change: Partial<Extract<Operation, { op: 'mount' }>> = {}): Operation =>
  mounted('bind', '/data', { options: mountOption.bind, source, ...change });
const device = (path: string, bind = 0): Operation => ({
  op: 'device',
  mode: 0o020666,
  major: 1,
  minor: 3,
  uid: 0,
  gid: 0,
  bind,
  covers: 0,
  path,
});

const rootfs: Operation = { op: 'rootfs', fd: -1, recursive: 1, path: '/bundle/rootfs' };
const slave: Operation = { op: 'rootPropagation', propagation: 0x84000 };
const pivot: Operation = { op: 'pivotRoot' };
const dev = mounted('tmpfs', '/dev', { data: ['mode=755'] });
const ready: Operation = { op: 'ready', listener: 4 };

function plan(operations: readonly Operation[], change: Partial<ContainerPlan> = {}): ContainerPlan {
  return {
    cloneFlags: pid | network | ipc | uts | mount,
    descriptors: [],
    operations,
    idMaps: null,
    mountIdmaps: [],
    hostLimits: [],
    hostOomScoreAdj: null,
    ...change,
  };
}

const prefixOf = (...operations: readonly Operation[]) =>
  beginningOf(plan([{ op: 'newSession', terminal: 0 }, slave, rootfs, ...operations, pivot, ready]));

describe('the prefix of a plan, which is carried out in advance,', () => {
  test('reaches to the switch of the root if it may', () => {
    const done: readonly Operation[] = [
      mounted('proc', '/proc'),
      dev,
      mounted('devpts', '/dev/pts'),
      bound('/source'),
      device('/dev/null'),
      ...['/dev/fd', '/dev/stdin'].map((path) => ({ op: 'symlink', target: '/proc/self/fd', path, cover: '' }) as const),
    ];
    expect(prefixOf(...done).operations).toEqual([{ op: 'newSession', terminal: 0 }, slave, rootfs, ...done, pivot]);
  });

  // A copy of the host's mounts that is kept for later would be outdated by then.
  test.each<readonly [string, Operation]>([
    ['the host has a part', { op: 'sync', point: 3 }],
    ['tsrun may be asked for the source', bound('/source', { options: mountOption.bind | mountOption.fromHost })],
    ['content is copied up', mounted('tmpfs', '/data', { options: mountOption.copyUp, data: ['mode=755'] })],
    ['the mode of the directory is taken over', mounted('tmpfs', '/data')],
    ['a mount of the configuration has a state elsewhere: overlay', mounted('overlay', '/data', { data: ['workdir=/w'] })],
    ['a mount of the configuration has a state elsewhere: a disk', mounted('ext4', '/data', { source: '/dev/sda1' })],
    [
      'an overlay lies on other directories',
      { op: 'overlay', memory: 1, size: 0, userxattr: 0, lowers: ['/l'], directory: '', target: '/t', label: '' },
    ],
    ['the source is below /proc', bound('/proc/self/ns')],
    ['the source may lie in what is mounted by then', bound('/bundle/rootfs/dev/file')],
    ['a symlink of the source is copied', bound('/source', { options: mountOption.bind | mountOption.copySymlink })],
    ['a mount is changed', mounted('', '/data', { options: mountOption.remount })],
    ['a device is made in the image', device('/other/null')],
    ["a device of the host's is bound", device('/dev/null', 1)],
    ['a propagation is looked up in the image', { op: 'propagation', propagation: 0x40000, destination: '/data' }],
    ['the root is mounted over', mounted('tmpfs', '/', { data: ['mode=755'] })],
  ])('has no mounts if %s', (_, one) => {
    expect(prefixOf(dev, one)).toMatchObject({
      cloneFlags: pid | network | ipc | uts,
      operations: [{ op: 'newSession', terminal: 0 }],
      key: '[{"op":"newSession","terminal":0}]',
      sources: [],
      places: [],
    });
  });

  test.each<readonly [string, readonly Operation[]]>([
    ['a shared root', [{ op: 'rootPropagation', propagation: 0x104000 }, rootfs, pivot]],
    ['a root that is not switched but moved', [slave, rootfs, { op: 'moveRoot' }]],
  ])('has no mounts with %s', (_, operations) => {
    expect(beginningOf(plan([...operations, ready]))).toMatchObject({ cloneFlags: pid | network | ipc | uts, operations: [] });
  });

  test('has no device in a directory that is bound over its own tmpfs', () => {
    expect(prefixOf(dev, bound('/source', { destination: '/dev' }), device('/dev/null')).operations).toEqual([
      { op: 'newSession', terminal: 0 },
    ]);
  });

  test('has no device behind a symlink', () => {
    expect(
      prefixOf(dev, { op: 'symlink', target: '/data', path: '/dev/elsewhere', cover: '' }, device('/dev/elsewhere/null')).operations,
    ).toEqual([{ op: 'newSession', terminal: 0 }]);
  });

  test.each<readonly [string, Operation]>([
    ['a mask', { op: 'mask', path: '/proc/kcore', label: '' }],
    ['a read-only path', { op: 'readonlyPath', path: '/proc/sys' }],
    ['the read-only root', { op: 'rootAttributes', set: 1, propagation: 0 }],
    ['the keyring', { op: 'keyring', name: '_ses.web', label: '' }],
  ])('ends before %s', (_, end) => {
    const before = [slave, rootfs, pivot] as const;
    expect(beginningOf(plan([...before, end, { op: 'hostname', name: 'h' }, ready])).operations).toEqual(before);
  });

  test('is validated by what it took from the host and by where its mounts are', () => {
    const { sources, places } = prefixOf(
      mounted('proc', '/proc', { options: mountOption.noSymlinks }),
      dev,
      mounted('devpts', '/dev/pts'),
      bound('/source'),
      bound('/etc/hosts', { destination: '/etc/hosts' }),
    );
    expect(sources).toEqual(['/bundle/rootfs', '/source', '/etc/hosts']);
    expect(places).toEqual([
      { path: '/proc', symlinks: false },
      { path: '/dev', symlinks: true },
      { path: '/data', symlinks: true, source: '/source' },
      { path: '/etc/hosts', symlinks: true, source: '/etc/hosts' },
    ]);
  });

  test('does not look at what a later mount covers', () => {
    expect(prefixOf(bound('/a', { destination: '/data/sub' }), bound('/b')).places).toEqual([
      { path: '/data', symlinks: true, source: '/b' },
    ]);
  });

  test('consists of operations with a proof, for each of which the library has a test', () => {
    const allowed = [
      'oomScoreAdj',
      'unshare',
      'timeOffsets',
      'newSession',
      'hostname',
      'domainname',
      'loopbackUp',
      'personality',
      'sysctl',
      'ownMounts',
      'rootPropagation',
      'rootfs',
      'mount',
      'device',
      'symlink',
      'pivotRoot',
    ];
    const samples: Partial<Record<OperationName, Operation>> = {
      rootPropagation: slave,
      rootfs,
      mount: dev,
      device: device('/dev/null'),
      symlink: { op: 'symlink', target: 'a', path: '/dev/b', cover: '' },
    };
    const found = (Object.keys(shapes) as OperationName[]).filter((op) => {
      const one =
        samples[op] ??
        ({
          op,
          ...Object.fromEntries(shapes[op].numbers.map((name) => [name, 0])),
          ...Object.fromEntries(shapes[op].texts.map((name) => [name, ''])),
        } as unknown as Operation);
      return (
        beginningOf(plan([dev, one, pivot, ready])).operations.includes(one) || beginningOf(plan([one, ready])).operations.includes(one)
      );
    });
    expect(found.sort()).toEqual(allowed.sort());
  });
});

describe('the rest of a plan after a prefix', () => {
  const done = beginningOf(plan([rootfs, bound('/source'), pivot, ready]));

  test('is what follows the same prefix', () => {
    expect(remainderOf(plan([rootfs, bound('/source'), pivot, ready]), done)).toEqual([ready]);
  });

  test('after a common prefix is everything, with a mount namespace', () => {
    expect(remainderOf(plan([rootfs, ready]), commonBeginning)).toEqual([{ op: 'unshare', namespaces: mount }, rootfs, ready]);
  });

  test('after a prefix without mounts includes a mount namespace', () => {
    const hooked = plan([{ op: 'newSession', terminal: 0 }, rootfs, { op: 'sync', point: 3 }, pivot, ready]);
    expect(remainderOf(hooked, beginningOf(hooked))).toEqual([
      { op: 'unshare', namespaces: mount },
      rootfs,
      { op: 'sync', point: 3 },
      pivot,
      ready,
    ]);
  });

  test.each<readonly [string, ContainerPlan]>([
    ['another source', plan([rootfs, bound('/other'), pivot, ready])],
    ['an operation before it', plan([{ op: 'newSession', terminal: 0 }, rootfs, bound('/source'), pivot, ready])],
    ['a shorter beginning', plan([rootfs])],
    ['the network of the host', plan([rootfs, bound('/source'), pivot, ready], { cloneFlags: pid | ipc | uts | mount })],
    [
      'one namespace more',
      plan([rootfs, bound('/source'), pivot, ready], { cloneFlags: pid | network | ipc | uts | mount | namespaceFlags.user }),
    ],
    ['id maps', plan([rootfs, bound('/source'), pivot, ready], { idMaps: { uidMap: '', gidMap: '' } })],
  ])('does not exist for a container with %s', (_, other) => {
    expect(remainderOf(other, done)).toBeNull();
  });
});
