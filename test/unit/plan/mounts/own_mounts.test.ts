import { describe, expect, test } from 'vitest';
import { namespaceFlags } from '../../../../src/spec/names/namespaces.js';
import type { CreateInput } from '../../../../src/plan/types.js';
import { all, defaultSpec, host, names, only, planOf, type specWith } from '../fixtures.js';

type Changes = NonNullable<Parameters<typeof specWith>[0]>;

const newer = { ...host, kernel: { major: 7, minor: 2 } };
const plan = (changes: Changes = {}, input: Partial<CreateInput> = {}): ReturnType<typeof planOf> =>
  planOf(changes, { host: newer, ...input });
const begins = (changes?: Changes, input?: Partial<CreateInput>): boolean => names(plan(changes, input)).includes('ownMounts');

/** What it is, and the changes of the configuration and of the rest. */
type Row = [string, Changes, Partial<CreateInput>?];

const withMounts = (...mounts: readonly unknown[]): Changes => ({ top: { mounts: [...defaultSpec.mounts, ...mounts] } });
const bind = { destination: '/data', type: 'bind', source: '/srv/data', options: ['rbind', 'ro'] };

describe('a mount namespace begins with nothing but the container itself', () => {
  test('on Linux 7.2: the clone leaves it to tsrun-init, which enters it before the first operation on mounts', () => {
    const { cloneFlags, operations } = plan(withMounts(bind));
    expect(cloneFlags & namespaceFlags.mount).toBe(0);
    expect(cloneFlags & namespaceFlags.pid).toBe(namespaceFlags.pid);
    expect(only({ operations }, 'ownMounts')).toEqual({ op: 'ownMounts', path: '/bundle/rootfs' });
    const order = operations.map(({ op }) => op);
    const first = order.indexOf('ownMounts');
    expect(order.slice(first, first + 4)).toEqual(['ownMounts', 'rootPropagation', 'rootfs', 'mount']);
    expect(order.slice(0, first)).not.toContain('mount');
  });

  test('and everything else of the plan is as on an older kernel', () => {
    const { operations, descriptors } = plan(withMounts(bind));
    const older = planOf(withMounts(bind));
    expect(operations.filter(({ op }) => op !== 'ownMounts')).toEqual(older.operations);
    expect(descriptors).toEqual(older.descriptors);
    expect(older.cloneFlags & namespaceFlags.mount).toBe(namespaceFlags.mount);
  });

  test.each<Row>([
    ['the default configuration', {}],
    ['a bind', withMounts(bind)],
    ['a bind of a file', withMounts({ ...bind, destination: '/etc/hosts', source: '/etc/hosts', options: ['bind'] })],
    ['a bind inside another mount', withMounts({ ...bind, destination: '/dev/shm/data' })],
    ['two binds on one path', withMounts(bind, bind)],
    ['a remount', withMounts({ ...bind, options: ['remount', 'bind', 'ro'] })],
    ['rootfsPropagation slave', { linux: { rootfsPropagation: 'rslave' } }],
    [
      'hooks inside the container and after its start',
      { top: { hooks: { startContainer: [{ path: '/a' }], poststart: [{ path: '/a' }] } } },
    ],
    ['a joined network namespace', { linux: { namespaces: [{ type: 'mount' }, { type: 'network', path: '/run/netns/a' }] } }],
    ['the notify socket', {}, { notifyDirectory: '/run/tsrun/web/notify' }],
  ])('with %s', (_, changes, input) => {
    expect(begins(changes, input)).toBe(true);
  });

  test('on every newer kernel', () => {
    expect(begins({}, { host: { ...host, kernel: { major: 7, minor: 10 } } })).toBe(true);
    expect(begins({}, { host: { ...host, kernel: { major: 8, minor: 0 } } })).toBe(true);
  });
});

describe("a mount namespace begins as a copy of the host's mounts", () => {
  test.each([
    [6, 18],
    [7, 0],
    [7, 1],
  ])('on Linux %i.%i', (major, minor) => {
    expect(begins({}, { host: { ...host, kernel: { major, minor } } })).toBe(false);
  });

  const namespaces = (...types: readonly unknown[]): Changes => ({ linux: { namespaces: types } });
  const ids = [{ containerID: 0, hostID: 100000, size: 65536 }];
  test.each<Row>([
    ['a new user namespace', { linux: { namespaces: [{ type: 'mount' }, { type: 'user' }], uidMappings: ids, gidMappings: ids } }],
    ['a joined user namespace', namespaces({ type: 'mount' }, { type: 'user', path: '/proc/7/ns/user' })],
    ['a joined mount namespace', namespaces({ type: 'mount', path: '/proc/7/ns/mnt' })],
    ['a joined pid namespace', namespaces({ type: 'mount' }, { type: 'pid', path: '/proc/7/ns/pid' })],
    ['tsrun in a user namespace', {}, { host: { ...newer, inUserNamespace: true } }],
    ['the root of the host', {}, { rootfs: '/' }],
    ['--no-pivot', {}, { noPivot: true }],
    ['an overlay', {}, { overlay: { lowers: ['/bundle/rootfs'], directory: null } }],
    ['a prestart hook', { top: { hooks: { prestart: [{ path: '/a' }] } } }],
    ['a createRuntime hook', { top: { hooks: { createRuntime: [{ path: '/a' }] } } }],
    ['a createContainer hook', { top: { hooks: { createContainer: [{ path: '/a' }] } } }],
    ['rootfsPropagation shared', { linux: { rootfsPropagation: 'shared' } }],
    ['rootfsPropagation rshared', { linux: { rootfsPropagation: 'rshared' } }],
    ['rootfsPropagation private', { linux: { rootfsPropagation: 'private' } }],
    ['rootfsPropagation unbindable', { linux: { rootfsPropagation: 'unbindable' } }],
    ['an id-mapped mount', withMounts({ ...bind, uidMappings: ids, gidMappings: ids })],
    ['a source that may be a symbolic link to copy', withMounts({ ...bind, options: ['bind', 'copy-symlink'] })],
    ['a block device', withMounts({ destination: '/disk', type: 'ext4', source: '/dev/sdb' })],
    ['an overlay among the mounts', withMounts({ destination: '/o', type: 'overlay', source: 'overlay', options: ['lowerdir=/a:/b'] })],
    ['a bind over another mount', withMounts({ ...bind, destination: '/dev/shm' })],
    ['a bind that covers another mount', withMounts({ ...bind, destination: '/dev' })],
  ])('with %s', (_, changes, input) => {
    expect(begins(changes, input)).toBe(false);
  });

  test('if there is no mount namespace at all, nothing of this happens', () => {
    expect(all(plan({ top: { mounts: [] }, linux: { namespaces: [{ type: 'pid' }] } }), 'ownMounts')).toEqual([]);
  });
});
