import { expect, test } from 'vitest';
import { inheritedStreams, standardStreams, streamsOrNothing } from '../../../../src/container/checkpoint/descriptors.js';
import { openImage, readContainer, seenBy } from '../../../../src/container/checkpoint/image.js';
import { externalMounts, mountSources, mountsOf } from '../../../../src/container/checkpoint/mounts.js';
import { externalNamespaces, namespacesToRestore } from '../../../../src/container/checkpoint/namespaces.js';
import type { FileStatus } from '../../../../src/sys/contract.js';
import { hostWith } from '../../machine/host.js';
import { specWith } from '../../plan/fixtures.js';
import { fakeCriu } from './fake_criu.js';

const bind = { destination: '/data', source: '/srv/data', options: ['rbind'] };

/** The mount tables of the container and of the host. */
const tables = (container: readonly string[], host: readonly string[] = []): Parameters<typeof fakeCriu>[1] => ({
  mounts: container.join('\n'),
  hostMounts: host.join('\n'),
});

test('bind mounts, mounts of the host below them, masks and device nodes are external', () => {
  const mounts = [
    '1 0 8:1 /rootfs / rw - ext4 a rw',
    '2 1 0:40 / /proc rw - proc p rw',
    '3 1 8:2 / /data rw - ext4 b rw',
    '4 3 0:50 / /data/be\\040low rw - tmpfs c rw',
    '5 2 0:40 /sys /proc/sys ro - proc p rw',
    '6 1 0:5 /null /proc/keys rw - devtmpfs d rw',
    '7 1 0:5 /zero /dev/zero rw - devtmpfs d rw',
  ];
  fakeCriu(hostWith({ files: { '/srv/data': null } }), tables(mounts, ['9 1 0:50 / /srv/data/be\\040low rw - tmpfs c rw']));
  expect(mountsOf(9)[3]).toMatchObject({ place: '/data/be low', type: 'tmpfs' });
  const spec = specWith({ top: { mounts: [bind] }, linux: { maskedPaths: ['/proc/keys'] } });
  expect(externalMounts({ pid: 9, spec, bundle: '/bundle' })).toEqual([
    { place: '/data', destination: '/data' },
    { place: '/data/be low', destination: '/data', rest: '/be low' },
    { place: '/proc/keys' },
    { place: '/dev/zero' },
  ]);
});

test('what a container mounts over a place of the host is not external: a restore would give it the file of the host', () => {
  const mounts = [
    '1 0 8:1 /rootfs / rw - ext4 a rw',
    '2 1 8:2 /srv/data /data rw - ext4 b rw',
    '3 2 8:2 /srv/data/x /data/etc rw - ext4 b rw',
    '4 1 8:2 /srv/data/x /etc/shadow rw - ext4 b rw',
  ];
  fakeCriu(hostWith({ files: { '/srv/data': null } }), tables(mounts, ['1 0 8:2 / / rw - ext4 b rw']));
  const spec = specWith({ top: { mounts: [bind] } });
  expect(externalMounts({ pid: 9, spec, bundle: '/bundle' })).toEqual([{ place: '/data', destination: '/data' }]);
});

test('external mounts come from the sources of the new config.json', () => {
  fakeCriu(hostWith({ files: { '/bundle/volume': null } }), tables([], ['9 1 0:50 / /bundle/volume/below rw - tmpfs c rw']));
  const spec = specWith({ top: { mounts: [{ ...bind, source: 'volume' }] }, linux: { maskedPaths: ['/proc/keys'] } });
  const sources = { spec, rootfs: '/bundle/rootfs', bundle: '/bundle' };
  const saved = [{ place: '/data/below', destination: '/data', rest: '/below' }, { place: '/dev/null' }, { place: '/proc/keys' }];
  expect(mountSources({ ...sources, saved })).toEqual([
    { key: '/data', val: '/bundle/volume' },
    { key: '/data/below', val: '/bundle/volume/below' },
    { key: '/dev/null', val: '/dev/null' },
    { key: '/proc/keys', val: '/dev/null' },
  ]);
});

test.each([
  [{ place: '/x', destination: '/x' }, 'no bind mount with this destination'],
  [{ place: '/etc/shadow' }, 'no such mask or device'],
  [{ place: '/etc/shadow', source: '/etc/shadow' }, 'no such mask or device'],
  [{ place: '/data/x', destination: '/data', rest: '/../../etc' }, 'nothing is mounted on "/srv/data/../../etc"'],
  [{ place: '/data/x', destination: '/data', rest: '/x' }, 'nothing is mounted on "/srv/data/x"'],
])('an image that asks for the mount %j is refused', (saved, reason) => {
  fakeCriu(hostWith({ files: { '/srv/data': null } }), tables([], ['1 0 8:2 / / rw - ext4 b rw']));
  const spec = specWith({ top: { mounts: [bind] } });
  expect(() => mountSources({ spec, rootfs: '/bundle/rootfs', bundle: '/bundle', saved: [saved] })).toThrow(reason);
});

test('namespaces of others are named to CRIU by type, and joined by path', () => {
  const machine = hostWith({ files: { '/run/net': '', '/run/ipc': '' } });
  fakeCriu(machine);
  const spec = specWith({
    linux: { namespaces: [{ type: 'network', path: '/run/net' }, { type: 'ipc', path: '/run/ipc' }, { type: 'pid' }] },
  });
  const inode = machine.tree.find('/run/net')?.inode;
  expect(externalNamespaces(spec)).toEqual([`net[${inode ?? 0}]:extRootNetNS`]);
  const opened: number[] = [];
  expect(namespacesToRestore(spec, opened)).toEqual({ keys: ['extRootNetNS'], fds: opened, joined: [{ ns: 'ipc', ns_file: '/run/ipc' }] });
  const absent = specWith({ linux: { namespaces: [{ type: 'pid', path: '/run/absent' }] } });
  expect(() => externalNamespaces(absent)).toThrow('no such file');
  expect(() => namespacesToRestore(absent, [])).toThrow('/run/absent');
  for (const type of ['mount', 'cgroup'])
    expect(() => namespacesToRestore(specWith({ linux: { namespaces: [{ type, path: '/run/net' }] } }), [])).toThrow(
      `cannot join a ${type} namespace`,
    );
});

test('standard streams are pipes, or files outside of the container', () => {
  const status = { kind: 'file', mount: 0x18, inode: 0x30 } as FileStatus;
  const links = ['/srv/log', 'pipe:[7]', '/srv/log'];
  fakeCriu(hostWith(), { calls: { readLink: ({ path }) => links[Number(path.slice(-1))] ?? '', status: () => status } });
  const outside = standardStreams(9, []);
  expect(outside).toEqual({ links, keys: ['file[18:30]', 'pipe:[7]', 'file[18:30]'], external: ['file[18:30]'] });
  expect(inheritedStreams(outside.keys)).toEqual([
    { key: 'file[18:30]', fd: 0 },
    { key: 'pipe:[7]', fd: 1 },
  ]);
  const inside = [{ id: 0x18, device: '', root: '/', place: '/', type: 'ext4' }];
  expect(standardStreams(9, inside).keys).toEqual(['', 'pipe:[7]', '']);
  expect(streamsOrNothing([0, -1, 2], 9)).toEqual([0, 9, 2]);
  expect(streamsOrNothing(undefined, 9)).toEqual([9, 9, 9]);
});

test.each([
  ['/work/none', {}, 'no valid "descriptors.json"'],
  ['/work/bad', { '/work/bad/tsrun.json': '{"descriptors":[1]}' }, 'no valid "tsrun.json"'],
  ['/work/text', { '/work/text/tsrun.json': 'text' }, 'no valid "tsrun.json"'],
  ['/work/list', { '/work/list/tsrun.json': '{"descriptors":[],"externalMounts":[null]}' }, 'no valid "tsrun.json"'],
])('an image in %s is refused', (imagePath, files, words) => {
  fakeCriu(hostWith({ files: { [imagePath]: null, ...files } }));
  const opened: number[] = [];
  const image = openImage({ phase: 'restore', id: 'web', settings: { imagePath }, spec: specWith({}), opened });
  expect(() => readContainer(image)).toThrow(words);
});

test("of an image of runc's, the pipes are known", () => {
  fakeCriu(hostWith({ files: { '/work/runc/descriptors.json': '["/dev/null", "pipe:[1]", "pipe:[2]"]' } }));
  const image = openImage({ phase: 'restore', id: 'web', settings: { imagePath: '/work/runc' }, spec: specWith({}), opened: [] });
  expect(readContainer(image)).toEqual({ descriptors: ['', 'pipe:[1]', 'pipe:[2]'], externalMounts: [] });
});

test('CRIU does not get another directory that has the path of the image by now', () => {
  const machine = hostWith({ files: { '/image': null, '/other': null } });
  fakeCriu(machine, {
    calls: {
      readLink: () => '/image',
      open: (o) => machine.sys.open({ ...o, path: o.path.startsWith('/proc/') ? '/other' : o.path }),
    },
  });
  const { sys } = machine;
  const image = sys.open({ path: '/image', flags: 0 });
  const opened: number[] = [];
  const use = { phase: 'restore', id: 'one', log: '/image/restore.log', work: image } as const;
  expect(() => seenBy(9, { image, work: image, use }, opened)).toThrow('directory "/image" was replaced meanwhile');
  expect(opened).toHaveLength(1);
});
