import { describe, expect, test } from 'vitest';
import { mountRootfs } from '../../../src/shim/rootfs/mount.js';
import { unmountRootfs } from '../../../src/shim/rootfs/unmount.js';
import { takeIdMaps } from '../../../src/shim/rootfs/id_map.js';
import { parseOptions } from '../../../src/shim/rootfs/options.js';
import { lowerLayers, shortened } from '../../../src/shim/rootfs/overlay.js';
import { bindSys } from '../../../src/sys/call.js';
import { fakeSys, systemError } from '../fake_sys.js';

const MS_RDONLY = 1;
const MS_NODEV = 4;
const MS_REMOUNT = 32;
const MS_BIND = 4096;
const MS_REC = 16384;
const MS_PRIVATE = 1 << 18;

interface Mounted {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly flags: number;
  readonly data: string;
  readonly directory?: string;
}

/** Records what is mounted; a mount that `refuses` says so of fails. */
function recording(refuses: (mount: Mounted) => boolean = () => false): { readonly mounted: Mounted[]; readonly unmounted: string[] } {
  const mounted: Mounted[] = [];
  const unmounted: string[] = [];
  let count = 0;
  const { sys } = fakeSys({
    directories: ['/b'],
    overrides: {
      mount: (o) => {
        if (refuses(o)) throw systemError('ENODEV', 'mount', o.target);
        mounted.push(o);
        count++;
      },
      unmount: ({ path }) => {
        if (count-- <= 0) throw systemError('EINVAL', 'umount2', path);
        unmounted.push(path);
      },
    },
  });
  bindSys(sys);
  return { mounted, unmounted };
}

describe('options of a mount', () => {
  test('are flags, propagation, and what the file system gets', () => {
    expect(parseOptions(['rbind', 'ro', 'nodev', 'dev', 'rprivate', 'index=off', 'X-containerd.mkdir.path=/x', ''])).toEqual({
      flags: MS_BIND | MS_REC | MS_RDONLY,
      propagation: MS_PRIVATE | MS_REC,
      data: ['index=off'],
    });
  });
});

describe('the root file system', () => {
  test('is mounted as the snapshotter says', () => {
    const { mounted } = recording();
    mountRootfs({ target: '/b/rootfs', mounts: [{ type: 'overlay', source: 'overlay', options: ['index=off', 'lowerdir=/l'] }] });
    expect(mounted).toEqual([{ type: 'overlay', source: 'overlay', target: '/b/rootfs', flags: 0, data: 'index=off,lowerdir=/l' }]);
  });

  test('of a bind mount is mounted again for its flags', () => {
    const { mounted } = recording();
    mountRootfs({ target: '/b/rootfs', mounts: [{ type: 'bind', source: '/s', options: ['rbind', 'ro', 'nodev'] }] });
    expect(mounted.map(({ flags, source }) => [flags, source])).toEqual([
      [MS_BIND | MS_REC, '/s'],
      [MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV, ''],
    ]);
  });

  test('is unmounted again if a later mount fails', () => {
    const { mounted, unmounted } = recording(({ type }) => type === 'erofs');
    const mounts = [{ type: 'tmpfs' }, { type: 'erofs' }];
    expect(() => mountRootfs({ target: '/b/rootfs', mounts })).toThrow(/mount erofs "\/b\/rootfs"/);
    expect([mounted.length, unmounted]).toEqual([1, ['/b/rootfs']]);
  });

  test.each([
    ['flags', ['rbind', 'ro'], MS_REMOUNT],
    ['propagation', ['rbind', 'rshared'], 1 << 20],
  ])('is unmounted again if its %s are refused', (_, options, refused) => {
    const { mounted, unmounted } = recording(({ flags }) => (flags & refused) !== 0);
    expect(() => mountRootfs({ target: '/b/rootfs', mounts: [{ type: 'bind', source: '/s', options }] })).toThrow(
      /mount rootfs "\/b\/rootfs"/,
    );
    expect([mounted.length, unmounted]).toEqual([1, ['/b/rootfs']]);
  });

  test('that is not mounted need not be unmounted', () => {
    const { unmounted } = recording();
    unmountRootfs('/b/rootfs');
    expect(unmounted).toEqual([]);
  });

  test('with too many layers for a page is refused with a reason', () => {
    recording();
    const layers = Array.from({ length: 300 }, (_, index) => `/layers/${index}-with-a-long-name`);
    const mounts = [{ type: 'overlay', source: 'overlay', options: [`lowerdir=${layers.join(':')}`] }];
    expect(() => mountRootfs({ target: '/b/rootfs', mounts })).toThrow('more than 4095 bytes of options');
  });

  test.each([[[]], [['uidmap=0:0:1', 'gidmap=0:0:1']]])('with more layers than the kernel takes is refused with a reason: %j', (maps) => {
    const { mounted } = recording();
    const options = [...maps, `lowerdir=${Array.from({ length: 501 }, (_, index) => index).join(':')}`];
    expect(() => mountRootfs({ target: '/b/rootfs', mounts: [{ type: 'overlay', options }] })).toThrow('it has more than 500 layers');
    expect(mounted).toEqual([]);
  });
});

describe('many layers', () => {
  test('are named from their common directory', () => {
    expect(shortened(['index=off', 'lowerdir=/var/lib/s/12/fs:/var/lib/s/1/fs', 'upperdir=/var/lib/s/13/fs'])).toEqual({
      directory: '/var/lib/s',
      text: 'index=off,lowerdir=12/fs:1/fs,upperdir=/var/lib/s/13/fs',
    });
  });

  test('without a common directory stay as they are', () => {
    expect(shortened(['lowerdir=/a/1:/b/2'])).toEqual({ text: 'lowerdir=/a/1:/b/2' });
  });
});

test('a layer whose path has a colon is one layer', () => {
  expect(lowerLayers(['index=off', 'lowerdir=/a\\:1/fs:/b', 'userxattr'])).toEqual(['/a:1/fs', '/b']);
  expect(lowerLayers(['index=off'])).toEqual([]);
});

describe('ids of a root file system', () => {
  test('are taken out of the options, as lines of uid_map', () => {
    expect(takeIdMaps(['ro', 'uidmap=0:65536:10,10:5:1', 'gidmap=0:7:4294967295', 'index=off'])).toEqual({
      maps: { uidMap: '0 65536 10\n10 5 1\n', gidMap: '0 7 4294967295\n' },
      rest: ['ro', 'index=off'],
    });
    expect(takeIdMaps(['ro'])).toEqual({ maps: null, rest: ['ro'] });
  });

  test.each(['', '0:1', '0:1:2:3', '-1:0:1', '0:0:4294967296', '0:0:1,', '0:0:1\n', ' 0:0:1', '0x1:0:1'])('%j is not a map', (text) => {
    expect(() => takeIdMaps([`uidmap=${text}`, 'gidmap=0:0:1'])).toThrow(/option "uidmap": ".*" is not three ids/s);
  });

  test('are not there twice', () => {
    expect(() => takeIdMaps(['uidmap=0:0:1', 'gidmap=0:0:1', 'uidmap=0:1:1'])).toThrow('option "uidmap": it is there more than once');
  });

  test('are both or none', () => {
    expect(() => takeIdMaps(['gidmap=0:0:1'])).toThrow('option "gidmap": it needs "uidmap", too');
  });
});
