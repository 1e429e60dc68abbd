import { describe, expect, test } from 'vitest';
import { mountAttribute, propagationFlag } from '../../../../src/protocol/mount_flags.js';
import { all, host, names, only, planOf } from '../fixtures.js';

const { recursive, slave, shared, unbindable } = propagationFlag;
const isPrivate = propagationFlag.private;

describe('the root', () => {
  test("is bound after the mounts are detached from the host's, then pivoted into", () => {
    const plan = planOf();
    expect(only(plan, 'rootPropagation').propagation).toBe(slave | recursive);
    expect(only(plan, 'rootfs')).toMatchObject({ path: '/bundle/rootfs', recursive: 1, fd: -1 });
    const order = names(plan).filter((name) => ['rootPropagation', 'rootfs', 'pivotRoot', 'rootAttributes'].includes(name));
    expect(order).toEqual(['rootPropagation', 'rootfs', 'pivotRoot', 'rootAttributes']);
  });

  test('is made read-only last', () => {
    const plan = planOf();
    expect(only(plan, 'rootAttributes')).toEqual({ op: 'rootAttributes', set: mountAttribute.readonly, propagation: 0 });
    expect(names(plan).indexOf('rootAttributes')).toBeGreaterThan(names(plan).lastIndexOf('mask'));
    expect(names(planOf({ top: { root: { path: 'rootfs' } } }))).not.toContain('rootAttributes');
  });

  test.each([
    ['shared', shared, shared],
    ['rshared', shared | recursive, shared | recursive],
    ['private', isPrivate | recursive, isPrivate],
    ['rslave', slave | recursive, slave | recursive],
    // An unbindable root could not be bound.
    ['unbindable', isPrivate | recursive, unbindable],
    ['runbindable', isPrivate | recursive, unbindable | recursive],
  ])('rootfsPropagation %s', (rootfsPropagation, before, after) => {
    const plan = planOf({ linux: { rootfsPropagation } });
    expect(only(plan, 'rootPropagation').propagation).toBe(before);
    expect(only(plan, 'rootAttributes').propagation).toBe(after);
  });

  test('is moved and changed into with --no-pivot', () => {
    expect(names(planOf({}, { noPivot: true }))).toContain('moveRoot');
  });

  test("is changed into if the mount namespace is the host's, and nothing is mounted", () => {
    const plan = planOf({ top: { mounts: [] }, linux: { namespaces: [{ type: 'pid' }] } });
    expect(only(plan, 'changeRoot').path).toBe('/bundle/rootfs');
    const touching = ['rootPropagation', 'rootfs', 'mount', 'device', 'symlink', 'mask', 'readonlyPath', 'rootAttributes', 'pivotRoot'];
    expect(names(plan).filter((name) => touching.includes(name))).toEqual([]);
  });
});

describe('the overlay', () => {
  test('in memory is mounted on the root before the root is bound', () => {
    const plan = planOf({}, { overlay: { lowers: ['/top', '/bottom'], directory: null } });
    expect(only(plan, 'overlay')).toEqual({
      op: 'overlay',
      memory: 1,
      size: 0,
      userxattr: 0,
      lowers: ['/top', '/bottom'],
      directory: '',
      target: '/bundle/rootfs',
      label: '',
    });
    expect(names(plan).indexOf('rootfs') - names(plan).indexOf('overlay')).toBe(1);
  });

  test('in a directory has its layers there', () => {
    expect(only(planOf({}, { overlay: { lowers: ['/l'], directory: '/o' } }), 'overlay')).toMatchObject({ memory: 0, directory: '/o' });
  });

  test('has the mount label', () => {
    const plan = planOf({ linux: { mountLabel: 'a:b:c:s0' } }, { overlay: { lowers: ['/l'], directory: null } });
    expect(only(plan, 'overlay').label).toBe('a:b:c:s0');
  });

  test('uses user.* attributes in a user namespace', () => {
    const overlay = { lowers: ['/l'], directory: null };
    expect(
      only(planOf({ linux: { namespaces: [{ type: 'mount' }, { type: 'user' }] } }, { overlay, rootfs: '/' }), 'overlay').userxattr,
    ).toBe(1);
    expect(only(planOf({}, { overlay, host: { ...host, inUserNamespace: true } }), 'overlay').userxattr).toBe(1);
  });

  test('is mounted before a user namespace is created, which could not keep all owners', () => {
    const plan = planOf(
      { linux: { namespaces: [{ type: 'mount' }, { type: 'user' }, { type: 'pid' }] } },
      { overlay: { lowers: ['/l'], directory: null } },
    );
    expect(plan.cloneFlags).toBe(0);
    expect(names(plan).filter((name) => ['unshare', 'overlay', 'respawn', 'becomeRoot', 'rootfs'].includes(name))).toEqual([
      'unshare',
      'overlay',
      'respawn',
      'becomeRoot',
      'rootfs',
    ]);
    expect(only(plan, 'overlay').userxattr).toBe(0);
  });

  test('needs a mount namespace', () => {
    const overlay = { lowers: ['/l'], directory: null };
    expect(() => planOf({ top: { mounts: [] }, linux: { namespaces: [] } }, { overlay })).toThrow('no mount namespace');
  });
});

describe('devices', () => {
  test('are the default ones and the configured ones, which come first at the same path', () => {
    const plan = planOf({
      linux: {
        devices: [
          { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o640, uid: 1, gid: 2 },
          { path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o600 },
          { path: '/dev/pipe', type: 'p' },
          { path: '/dev/ptmx', type: 'c', major: 5, minor: 2 },
        ],
      },
    });
    const devices = all(plan, 'device');
    expect(devices.map(({ path }) => path)).toEqual(
      ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'fuse', 'pipe'].map((name) => `/dev/${name}`),
    );
    expect(devices[0]).toMatchObject({ mode: 0o020600 });
    expect(devices[6]).toEqual({
      op: 'device',
      mode: 0o020640,
      major: 10,
      minor: 229,
      uid: 1,
      gid: 2,
      bind: 0,
      covers: 0,
      path: '/dev/fuse',
    });
    expect(devices[7]).toMatchObject({ mode: 0o010666, bind: 0 });
    expect(devices.map(({ covers }) => covers)).toEqual([0, 1, 1, 1, 1, 1, 0, 0]);
  });

  test('replace the default links', () => {
    const plan = planOf({ linux: { devices: ['fd', 'core'].map((name) => ({ path: `/dev/${name}`, type: 'c', major: 1, minor: 3 })) } });
    expect(all(plan, 'symlink').map(({ path }) => path)).toEqual(['/dev/stdin', '/dev/stdout', '/dev/stderr', '/dev/ptmx']);
  });

  test("are the host's in a user namespace", () => {
    const plan = planOf({ linux: { namespaces: [{ type: 'mount' }, { type: 'user' }] } });
    expect(all(plan, 'device').every(({ bind }) => bind === 1)).toBe(true);
  });
});
