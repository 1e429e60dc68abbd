import { describe, expect, test } from 'vitest';
import { Sources } from '../../../../src/container/warm/sources.js';
import { MountTable } from '../../../../src/host/mounts/table.js';
import type { FileStatus } from '../../../../src/sys/contract.js';
import { bindFakeSys, fakeSys } from '../../fake_sys.js';

const rootMount = '25 1 8:1 / / rw - ext4 /dev/sda1 rw\n';
const dataMount = '40 25 8:2 / /data rw - ext4 /dev/sdb1 rw\n';
const elsewhere = '41 25 8:3 / /elsewhere rw - ext4 /dev/sdc1 rw\n';

/** A host whose files and mount table change. */
class Host {
  mountinfo = `${rootMount}${dataMount}`;
  changed = false;
  /** How often the table was read. */
  reads = 0;
  readonly status = new Map<string, Partial<FileStatus>>([['/data/source', { inode: 7, device: 802, mount: 40 }]]);

  constructor() {
    const plain = fakeSys({ directories: ['/'] }).sys.status({ path: '/', follow: true }) as FileStatus;
    bindFakeSys({
      overrides: {
        open: () => 30,
        realPath: ({ path }) => path,
        encodeText: ({ text }) => Buffer.from(text),
        readBytes: () => (this.reads++, Buffer.from(this.mountinfo)),
        hasChanged: () => {
          const { changed } = this;
          this.changed = false;
          return changed;
        },
        status: ({ path }) => {
          const found = this.status.get(path);
          return found === undefined ? null : { ...plain, ...found };
        },
      },
    });
  }

  /** As poll(2) of mountinfo says after it. */
  remount(text: string): void {
    this.mountinfo = text;
    this.changed = true;
  }
}

const of = (paths: readonly string[]): Sources => new Sources({ paths, table: new MountTable() });

describe('what a warm slot took from the host', () => {
  test('is unchanged on a host that has not changed, for which the mount table is not read again', () => {
    const host = new Host();
    const sources = of(['/data/source']);
    const { reads } = host;
    expect(sources.areUnchanged()).toBe(true);
    expect(host.reads).toBe(reads);
  });

  test('is unchanged when something was mounted elsewhere, which is looked up once', () => {
    const host = new Host();
    const sources = of(['/data/source']);
    host.remount(`${rootMount}${dataMount}${elsewhere}`);
    expect(sources.areUnchanged()).toBe(true);
    const { reads } = host;
    expect(sources.areUnchanged()).toBe(true);
    expect(host.reads).toBe(reads);
  });

  test.each<readonly [string, (host: Host) => void]>([
    ['the file was replaced', (host) => host.status.set('/data/source', { inode: 8, device: 802, mount: 40 })],
    ['another file system has the same inode', (host) => host.status.set('/data/source', { inode: 7, device: 803, mount: 40 })],
    ['another mount covers it', (host) => host.status.set('/data/source', { inode: 7, device: 802, mount: 41 })],
    ['the file is gone', (host) => host.status.delete('/data/source')],
    ['its mount became read-only', (host) => host.remount(`${rootMount}${dataMount.replace(' rw -', ' ro -')}`)],
    ['its mount became shared', (host) => host.remount(`${rootMount}${dataMount.replace(' - ', ' shared:9 - ')}`)],
    [
      'something was mounted below it',
      (host) => host.remount(`${rootMount}${dataMount}${elsewhere.replace('/elsewhere', '/data/source/below')}`),
    ],
    ['its mount was removed', (host) => host.remount(rootMount)],
  ])('is outdated when %s', (_, change) => {
    const host = new Host();
    const sources = of(['/data/source']);
    change(host);
    expect(sources.areUnchanged()).toBe(false);
    // It stays so.
    expect(sources.areUnchanged()).toBe(false);
  });

  test('is outdated when a missing file now exists', () => {
    const host = new Host();
    const sources = of(['/data/later']);
    host.status.set('/data/later', { inode: 9 });
    expect(sources.areUnchanged()).toBe(false);
  });

  test('is unchanged when it took nothing, whatever happens to the host', () => {
    const host = new Host();
    const sources = of([]);
    host.remount('');
    expect(sources.areUnchanged()).toBe(true);
  });

  test('knows the file that it found, and no other in its place', () => {
    new Host();
    const sources = of(['/data/source']);
    const used = { source: '/data/source', device: 802, inode: 7 };
    expect(sources.are(used)).toBe(true);
    expect(sources.are({ ...used, inode: 8 })).toBe(false);
    expect(sources.are({ ...used, source: '/data/other' })).toBe(true);
  });
});
