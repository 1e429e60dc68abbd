import { describe, expect, test } from 'vitest';
import { openDescriptors, openNamespace } from '../../../src/init/descriptors.js';
import type { Descriptor } from '../../../src/plan/types.js';
import type { Fd, Sys } from '../../../src/sys/contract.js';
import { planOf } from '../plan/fixtures.js';
import { fakeSys, bindFakeSys, systemError } from '../fake_sys.js';
import { filesystems } from '../machine/kernel/tree.js';

const [own, foreign] = ['/proc/self/ns/mnt', '/proc/9/ns/mnt'];

/** Namespace files, one of which is ours; `opened` says what stays open. */
function bindNamespaces(overrides: Partial<Sys> = {}): ReadonlyMap<Fd, string> {
  const opened = new Map<Fd, string>();
  const inodes: Readonly<Record<string, number>> = { [own]: 1, [foreign]: 2 };
  let next = 30;
  const { sys } = fakeSys();
  const status = sys.status;
  bindFakeSys({
    overrides: {
      open: ({ path }) => {
        opened.set(next, path);
        return next++;
      },
      close: ({ fd }) => {
        if (!opened.delete(fd)) throw new Error(`${fd} is closed twice`);
      },
      filesystemType: () => filesystems.nsfs,
      status: ({ path, follow }) => {
        const name = path.startsWith('/proc/self/fd/') ? (opened.get(Number(path.slice(14))) as string) : path;
        const found = status({ path: '/', follow });
        return found === null || inodes[name] === undefined ? null : { ...found, inode: inodes[name] };
      },
      ...overrides,
    },
  });
  return opened;
}

describe('a namespace that is joined', () => {
  test('is opened if it is a namespace', () => {
    const opened = bindNamespaces();
    const fd = openNamespace(foreign, 'mount');
    expect(opened.get(fd)).toBe(foreign);
  });

  test.each<readonly [string, () => Fd, Partial<Sys>, Readonly<Record<string, unknown>>]>([
    [
      'is refused when it is a file of an image',
      () => openNamespace('/bundle/file', 'network'),
      { filesystemType: () => filesystems.tmpfs },
      { message: 'open namespace "/bundle/file": not a namespace file', code: 'invalid-config' },
    ],
    [
      "is refused when it is the host's mounts, whose root pivot_root would change",
      () => openNamespace(own, 'mount'),
      {},
      { message: expect.stringContaining("it is tsrun's own mount namespace") as string, code: 'invalid-config', path: own },
    ],
    [
      'is refused when nobody knows what it is',
      () => openNamespace(foreign, 'mount'),
      {
        filesystemType: () => {
          throw systemError('EIO', 'statfs', foreign);
        },
      },
      { code: 'EIO' },
    ],
    [
      'is missed when it is not there',
      () => openNamespace('/run/netns/gone', 'network'),
      {
        open: () => {
          throw systemError('ENOENT', 'openat2', '/run/netns/gone');
        },
      },
      {
        message: 'open namespace "/run/netns/gone": no such file or directory (ENOENT)',
        hint: 'the namespace must exist before the container is created',
      },
    ],
  ])('%s', (_, act, overrides, expected) => {
    const opened = bindNamespaces(overrides);
    expect(act).toThrow(expect.objectContaining(expected) as Error);
    expect([...opened]).toEqual([]);
  });

  test("may be the host's own if joining it changes nothing on the host", () => {
    const opened = bindNamespaces();
    openNamespace(own, 'network');
    expect([...opened.values()]).toEqual([own]);
  });
});

test('descriptors opened for a plan are known to the caller even if a later one cannot be opened', () => {
  const opened = bindNamespaces({
    open: ({ path }) => {
      if (path === foreign) throw systemError('EMFILE', 'openat2', path);
      return 30;
    },
  });
  const descriptors: readonly Descriptor[] = [
    { kind: 'console' },
    { kind: 'namespace', path: '/proc/9/ns/net', type: 'network' },
    { kind: 'process' },
    { kind: 'namespace', path: foreign, type: 'mount' },
  ];
  const given: Fd[] = [];
  expect(() =>
    openDescriptors({ ...planOf(), descriptors }, { container: { root: '/run/tsrun', id: 'web' }, console: 7, process: 8 }, given),
  ).toThrow(/EMFILE/);
  // The console and the process are the caller's.
  expect(given).toEqual([30]);
  expect([...opened]).toEqual([]);
});

test.each<readonly [Exclude<Descriptor['kind'], 'namespace'>, string]>([
  ['listener', 'bind "/run/tsrun/web/start.sock": no space left on device (ENOSPC)'],
  ['notifyDirectory', 'open "/run/tsrun/web/notify": bad file descriptor (EBADF)'],
])("a file of the container's open directory that fails is named by its path: %s", (kind, message) => {
  bindFakeSys({
    overrides: {
      listenUnix: ({ path }) => {
        throw systemError('ENOSPC', 'bind', path);
      },
    },
  });
  const container = { root: '/run/tsrun', id: 'web', directory: 9 };
  const open = (): unknown => openDescriptors({ ...planOf(), descriptors: [{ kind }] }, { container, console: -1, process: -1 }, []);
  expect(open).toThrow(expect.objectContaining({ message }) as Error);
});
