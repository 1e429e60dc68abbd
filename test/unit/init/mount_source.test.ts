import { describe, expect, test } from 'vitest';
import { openMountSource } from '../../../src/init/mount_source.js';
import { messageType } from '../../../src/protocol/numbers/messages.js';
import { mountOption, type Operation } from '../../../src/protocol/operations.js';
import type { MountIdmap } from '../../../src/plan/types.js';
import type { Fd, Sys } from '../../../src/sys/contract.js';
import { message } from '../machine/kernel/channel.js';
import { filesystems } from '../machine/kernel/tree.js';
import { bindFakeSys, systemError } from '../fake_sys.js';

const [mountFd, userFd] = [30, 31];
const init = { pid: 70, pidfd: 20 };

const bind = (change: Partial<Extract<Operation, { op: 'mount' }>> = {}): Operation => ({
  op: 'mount',
  options: mountOption.bind | mountOption.fromHost,
  superblock: 0,
  set: 0,
  clear: 0,
  recursiveSet: 0,
  recursiveClear: 0,
  propagation: 0,
  idmap: -1,
  type: 'bind',
  source: '/host/data',
  destination: '/data',
  data: [],
  ...change,
});

interface Made {
  readonly made: string[];
  readonly opened: Set<Fd>;
}

function bindMounts(overrides: Partial<Sys> = {}): Made {
  const made: string[] = [];
  const opened = new Set<Fd>();
  const open = (fd: Fd, what: string): Fd => {
    made.push(what);
    opened.add(fd);
    return fd;
  };
  bindFakeSys({
    overrides: {
      cloneMount: ({ pid, pidfd, path, recursive, follow }) =>
        open(mountFd, `clone ${path} for ${pid} by ${pidfd}${recursive ? ' recursively' : ''}${follow ? '' : ' without following'}`),
      makeUserNamespace: ({ uidMap, gidMap }) => open(userFd, `user namespace ${uidMap} and ${gidMap}`),
      open: ({ path }) => open(userFd, `open ${path}`),
      filesystemType: () => filesystems.nsfs,
      idmapMount: ({ recursive }) => void made.push(recursive ? 'map recursively' : 'map'),
      close: ({ fd }) => {
        if (!opened.delete(fd)) throw new Error(`${fd} is closed twice`);
      },
      ...overrides,
    },
  });
  return { made, opened };
}

const source = (operation: Operation, mountIdmaps: readonly MountIdmap[] = []): Fd =>
  openMountSource({ message: message(messageType.sync), operations: [operation], mountIdmaps, init });

const mapped: MountIdmap = { uidMap: '0 1000 1', gidMap: '0 2000 1', recursive: false };

describe('the source of a bind mount', () => {
  test.each<readonly [string, number, string]>([
    ['is cloned as it is', 0, 'clone /host/data for 70 by 20'],
    ['is cloned with what is mounted below it', mountOption.recursive, 'clone /host/data for 70 by 20 recursively'],
    ['that is a symlink is cloned itself', mountOption.sourceNoFollow, 'clone /host/data for 70 by 20 without following'],
  ])('%s', (_, option, expected) => {
    const { made, opened } = bindMounts();
    expect(source(bind({ options: mountOption.bind | mountOption.fromHost | option }))).toBe(mountFd);
    expect(made).toEqual([expected]);
    expect([...opened]).toEqual([mountFd]);
  });

  test.each<readonly [string, MountIdmap, string, string]>([
    ['gets its own id maps', mapped, 'user namespace 0 1000 1 and 0 2000 1', 'map'],
    [
      'gets its own id maps, and so does what is below it',
      { ...mapped, recursive: true },
      'user namespace 0 1000 1 and 0 2000 1',
      'map recursively',
    ],
    ['gets the id maps of a user namespace', { path: '/proc/9/ns/user', recursive: false }, 'open /proc/9/ns/user', 'map'],
  ])('%s', (_, idmap, namespace, map) => {
    const { made, opened } = bindMounts();
    expect(source(bind({ idmap: 0 }), [idmap])).toBe(mountFd);
    expect(made).toEqual(['clone /host/data for 70 by 20', namespace, map]);
    expect([...opened]).toEqual([mountFd]);
  });
});

describe('nothing stays open', () => {
  const failing = (code: string, call: string) => (): never => {
    throw systemError(code, call, '/host/data');
  };
  test.each<readonly [string, Partial<Sys>, Readonly<Record<string, unknown>>]>([
    [
      'when the source is missing',
      { cloneMount: failing('ENOENT', 'open_tree') },
      { operation: 'open mount source', path: '/host/data', errno: 'ENOENT' },
    ],
    [
      'when its file system has no id maps',
      { idmapMount: failing('EINVAL', 'mount_setattr') },
      { operation: 'idmap mount', path: '/host/data', errno: 'EINVAL', hint: expect.stringContaining('FS_ALLOW_IDMAP') as string },
    ],
    [
      'when there are too many user namespaces',
      { makeUserNamespace: failing('ENOSPC', 'clone3') },
      { path: '/host/data', errno: 'ENOSPC', hint: expect.stringContaining('max_user_namespaces') as string },
    ],
  ])('%s', (_, overrides, expected) => {
    const { opened } = bindMounts(overrides);
    expect(() => source(bind({ idmap: 0 }), [mapped])).toThrow(expect.objectContaining(expected) as Error);
    expect([...opened]).toEqual([]);
  });

  test('when the named user namespace is not one', () => {
    const { opened } = bindMounts({ filesystemType: () => filesystems.tmpfs });
    expect(() => source(bind({ idmap: 0 }), [{ path: '/host/file', recursive: false }])).toThrow(
      'open namespace "/host/file": not a namespace file',
    );
    expect([...opened]).toEqual([]);
  });
});

test('a source is opened only for an operation that mounts', () => {
  const { made } = bindMounts();
  expect(() => source({ op: 'pivotRoot' })).toThrow('open mount source: not a mount');
  expect(made).toEqual([]);
});
