import { describe, expect, test } from 'vitest';
import { beginningOf, commonBeginning, remainderOf, sourcesOf } from '../../../src/plan/ahead.js';
import type { Operation } from '../../../src/plan/operations.js';
import type { ContainerPlan } from '../../../src/plan/types.js';
import { namespaceFlags } from '../../../src/spec/names/namespaces.js';

const { pid, network, ipc, uts, mount } = namespaceFlags;

const mounted = (source: string, fd = -1): Operation => ({
  op: 'mount', options: 1, superblock: 0, set: 0, clear: 0, recursiveSet: 0, recursiveClear: 0, propagation: 0, fd,
  type: 'bind', source, destination: '/data', data: [],
});
const rootfs: Operation = { op: 'rootfs', fd: -1, recursive: 1, path: '/bundle/rootfs' };
const ready: Operation = { op: 'ready', listener: 4 };

function plan(operations: readonly Operation[], change: Partial<ContainerPlan> = {}): ContainerPlan {
  return { cloneFlags: pid | network | ipc | uts | mount, descriptors: [], operations, idMaps: null, hostLimits: [], hostOomScoreAdj: null, ...change };
}

describe('what is done ahead', () => {
  test.each<readonly [string, Operation]>([
    ['the host has a part', { op: 'sync', point: 3 }],
    ['a descriptor is handed over', mounted('/source', 5)],
    ['the id is in it', { op: 'keyring', name: '_ses.web', label: '' }],
    ['an upper layer on disk is used', { op: 'overlay', memory: 0, size: 0, userxattr: 0, lowers: ['/l'], directory: '/o', target: '/t', label: '' }],
  ])('ends where %s', (_, end) => {
    expect(beginningOf(plan([{ op: 'newSession' }, rootfs, end, { op: 'loopbackUp' }])).operations).toEqual([{ op: 'newSession' }, rootfs]);
  });

  test('rests on the files that it takes from the host', () => {
    expect(sourcesOf([rootfs, mounted('/source'), mounted(''), { op: 'loopbackUp' }])).toEqual(['/bundle/rootfs', '/source']);
  });
});

describe('what is left', () => {
  const done = beginningOf(plan([rootfs, mounted('/source'), ready]));

  test('is what comes behind the same beginning', () => {
    expect(remainderOf(plan([rootfs, mounted('/source'), ready]), done)).toEqual([ready]);
  });

  test('of a common beginning is everything, with a mount namespace', () => {
    expect(remainderOf(plan([rootfs, ready]), commonBeginning)).toEqual([{ op: 'unshare', namespaces: mount }, rootfs, ready]);
  });

  test.each<readonly [string, ContainerPlan]>([
    ['another source', plan([rootfs, mounted('/other'), ready])],
    ['an operation before it', plan([{ op: 'newSession' }, rootfs, mounted('/source'), ready])],
    ['a shorter beginning', plan([rootfs])],
    ['the network of the host', plan([rootfs, mounted('/source'), ready], { cloneFlags: pid | ipc | uts | mount })],
    ['one namespace more', plan([rootfs, mounted('/source'), ready], { cloneFlags: pid | network | ipc | uts | mount | namespaceFlags.user })],
    ['id maps', plan([rootfs, mounted('/source'), ready], { idMaps: { uidMap: '', gidMap: '' } })],
  ])('is nothing for a container with %s', (_, other) => {
    expect(remainderOf(other, done)).toBeNull();
  });
});
