import { expect, it } from 'vitest';
import type { FileStatus } from '../../../src/sys/contract.js';
import { statusInRoot } from '../../../src/bundle/checks/resolve_in_root.js';
import { bindFakeSys } from '../fake_sys.js';

const links: Readonly<Record<string, string>> = {
  '/r/bin': 'usr/bin',
  '/r/usr/bin/sh': '/usr/bin/busybox',
  '/r/escape': '../../../usr/bin/busybox',
  '/r/loop': 'loop',
  '/r/top': '/',
  '/r/usr/up': '..',
};

/** The fake machine has no symlinks of its own. */
function resolve(path: string): FileStatus | null {
  const { sys } = bindFakeSys({ files: { '/r/usr/bin/busybox': '', '/usr/bin/host': '' } });
  bindFakeSys({
    files: {},
    overrides: {
      status: (query) => {
        const plain = sys.status(query);
        const link = {
          kind: 'symlink',
          mode: 0o777,
          uid: 0,
          gid: 0,
          size: 0,
          inode: 1,
          device: 1,
          major: 0,
          minor: 0,
          mount: 1,
          mountRoot: false,
        } as const;
        return query.path in links ? link : plain;
      },
      readLink: ({ path: link }) => links[link] as string,
    },
  });
  return statusInRoot({ root: '/r', path });
}

it.each(['/usr/bin/busybox', 'usr/./bin//busybox', '/bin/busybox', '/bin/sh', '/escape', '/../../bin/sh'])(
  'finds %s inside the root',
  (path) => {
    expect(resolve(path)?.kind).toBe('file');
  },
);

it.each(['/usr/bin/host', '/loop', '/bin/none'])('finds nothing at %s', (path) => {
  expect(resolve(path)).toBeNull();
});

it.each(['/top', '/usr/up', '/usr/..', '/'])('finds the root itself at %s', (path) => {
  expect(resolve(path)?.kind).toBe('directory');
});
