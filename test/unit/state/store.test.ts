import { describe, expect, test } from 'vitest';
import { isAlive, type HeldProcess } from '../../../src/host/process.js';
import { relockStore, unlockStore, withLock } from '../../../src/state/lock.js';
import { readCleanupRecord, writeCleanupRecord } from '../../../src/state/cleanup_record.js';
import { isHalfWritten } from '../../../src/state/paths.js';
import type { ContainerRecord } from '../../../src/state/record.js';
import { closeStore, listIds, openStore, readRecord, removeStore, takeStore, writeRecord } from '../../../src/state/store.js';
import { bindFakeSys, systemError, type FakeSys } from '../fake_sys.js';

const root = '/run/tsrun';
const web = { root, id: 'web' };
const record: ContainerRecord = {
  version: 1,
  ociVersion: '1.3.0',
  id: 'web',
  pid: 42,
  startTime: 7,
  bundle: '/b',
  rootfs: '/b/rootfs',
  created: '2026-01-01T00:00:00.000000000Z',
  owner: 'root',
  cgroup: '/sys/fs/cgroup/tsrun/web',
  cgroupParents: ['/sys/fs/cgroup/tsrun'],
  noNewKeyring: false,
  spec: {} as ContainerRecord['spec'],
};

test.each([
  ['.cgroup.12.0.tmp', true],
  ['.state.json.12.3.tmp', true],
  ['.state.json.12.tmp', false],
  ['.other.12.0.tmp', false],
  ['state.json', false],
  ['cgroup.12.0.tmp', false],
])('%s: whether its writer was killed is %s', (name, expected) => {
  expect(isHalfWritten(name)).toBe(expected);
});

describe('integers of 64 bits', () => {
  const spec = {
    process: { rlimits: [{ type: 'RLIMIT_FSIZE', soft: 9223372036854775807n, hard: 18446744073709551615n }] },
  } as unknown as ContainerRecord['spec'];

  test('are read as they were written, any number of times', () => {
    const fake = bindFakeSys();
    const store = takeStore(web);
    let read: ContainerRecord = { ...record, spec };
    for (const pid of [1, 2]) {
      writeRecord({ store, record: { ...read, pid } });
      const path = [...fake.files.keys()].find((name) => name.endsWith('state.json')) as string;
      // Other text, so that this process does not remember what it wrote.
      fake.files.set(path, `${fake.files.get(path) as string} `);
      read = readRecord(web);
      expect(read).toEqual({ ...record, pid, spec });
      expect(fake.files.get(path)).toContain('"soft":9223372036854775807,"hard":18446744073709551615');
    }
  });
});

describe('the id of a container', () => {
  test('is taken by creating its directory, and the state root if necessary', () => {
    const fake = bindFakeSys();
    takeStore(web);
    expect(fake.directories).toContain('/run/tsrun/web');
  });
  test('can be taken only once', () => {
    bindFakeSys();
    const outcomes = Array.from({ length: 50 }, () => {
      try {
        takeStore(web);
        return 'made';
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['made', 'container with given ID already exists']));
  });
  test.each([
    ['ENOSPC', 'setup', 'make state directory "/run/tsrun/web": no space left on device (ENOSPC)'],
    ['EROFS', 'setup', 'make state directory "/run/tsrun/web": read-only file system (EROFS)'],
    ['EACCES', 'permission', 'make state directory "/run/tsrun/web": permission denied (EACCES)'],
  ])('is not taken if mkdir fails with %s, which is a clear error', (errno, code, message) => {
    bindFakeSys({
      overrides: {
        makeDirectory: ({ path }) => {
          throw systemError(errno, 'mkdir', path);
        },
      },
    });
    expect(() => {
      takeStore(web);
    }).toThrow(expect.objectContaining({ code, message, errno, hint: expect.any(String) as string }));
  });
});

describe('a container record', () => {
  function written(text = JSON.stringify(record)): FakeSys {
    return bindFakeSys({ files: { '/run/tsrun/web/state.json': text } });
  }
  test('is read as it was written', () => {
    bindFakeSys({ directories: ['/run/tsrun/web'] });
    writeRecord({ store: openStore(web), record });
    expect(readRecord(web)).toEqual(record);
  });
  test('of an unknown id does not exist', () => {
    bindFakeSys();
    expect(() => readRecord(web)).toThrow(expect.objectContaining({ code: 'not-found', message: 'container does not exist' }));
  });
  test.each(['..', '../other', 'a/b', ''])("is not searched for with the invalid id %j, in runc's words", (id) => {
    const fake = bindFakeSys({ files: { '/run/other/state.json': JSON.stringify(record) } });
    expect(() => readRecord({ root, id })).toThrow(id === '' ? 'container id cannot be empty' : 'invalid container ID format');
    expect(fake.calls).toEqual([]);
  });
  test('that has not been written yet does not exist, but delete --force finds the directory', () => {
    bindFakeSys({ directories: ['/run/tsrun/web'] });
    expect(() => readRecord(web)).toThrow(expect.objectContaining({ code: 'state-damaged', message: 'container does not exist' }));
  });
  test.each([
    '',
    '{',
    '[]',
    'null',
    JSON.stringify(record).slice(0, 120),
    JSON.stringify({ ...record, version: 2 }),
    JSON.stringify({ ...record, pid: '42' }),
    JSON.stringify({ ...record, pid: -1 }),
    JSON.stringify({ ...record, id: 'other' }),
  ])('that is %j is damaged, and the message names the file', (text) => {
    written(text);
    expect(() => readRecord(web)).toThrow(
      expect.objectContaining({
        code: 'state-damaged',
        message: expect.stringContaining('"/run/tsrun/web/state.json"') as string,
        hint: expect.stringContaining('delete --force web') as string,
      }),
    );
  });
  test('is removed with its directory, and a second removal succeeds', () => {
    const fake = written();
    const store = openStore(web);
    removeStore(store);
    removeStore(store);
    expect([...fake.files.keys()]).toEqual([]);
  });
});

describe('a container in the state root', () => {
  const files = { '/run/tsrun/web/state.json': JSON.stringify(record) };
  const init = (pid: number, startTime: number): HeldProcess => ({ pid, startTime, hasEnded: () => false });
  test('named by its init is not a later one with the same id', () => {
    bindFakeSys({ files });
    expect(readRecord({ ...web, init: init(42, 7) })).toEqual(record);
    for (const other of [init(42, 8), init(43, 7)])
      expect(() => readRecord({ ...web, init: other })).toThrow(expect.objectContaining({ code: 'not-found' }));
  });
  test('is not trusted in a directory that others may write to', () => {
    bindFakeSys({
      files,
      overrides: {
        openOwnDirectory: ({ path }) => {
          throw systemError('EPERM', 'open', path);
        },
      },
    });
    expect(() => readRecord(web)).toThrow(expect.objectContaining({ code: 'permission', errno: 'EPERM' }));
  });
  test('is only a directory with a record, not anything else with a name there', () => {
    bindFakeSys({ files: { '/run/tsrun/web': 'mine' } });
    expect(() => readRecord(web)).toThrow(
      expect.objectContaining({ code: 'not-a-container', message: 'container does not exist: "/run/tsrun/web" is a file' }),
    );
  });
  test('of another boot is not alive, even if a process has its pid now', () => {
    const stat = `42 (sh) S 1 ${'0 '.repeat(17)}7`;
    bindFakeSys({ files: { '/proc/42/stat': stat, '/proc/sys/kernel/random/boot_id': '5a8f\n' } });
    expect(isAlive({ pid: 42, startTime: 7 })).toBe(true);
    expect(isAlive({ pid: 42, startTime: 7, bootId: '5a8f' })).toBe(true);
    expect(isAlive({ pid: 42, startTime: 7, bootId: '77c0' })).toBe(false);
  });
});

describe('the names below a state root', () => {
  test('are those that containers can have', () => {
    bindFakeSys({
      directories: ['/run/tsrun/being-made', '/run/tsrun/.cache'],
      files: {
        '/run/tsrun/b/state.json': '',
        '/run/tsrun/a/state.json': '',
        '/run/tsrun/not a name/state.json': '',
        '/run/tsrun/file': '',
      },
    });
    expect(listIds(root)).toEqual(['.cache', 'a', 'b', 'being-made', 'file']);
  });
  test('are none if the root does not exist', () => {
    bindFakeSys();
    expect(listIds(root)).toEqual([]);
  });
});

describe('the lock of a container', () => {
  test('is free after the work, even after a failure', async () => {
    bindFakeSys({ files: { '/run/tsrun/web/state.json': JSON.stringify(record) } });
    await expect(withLock(web, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(withLock(web, () => 1)).resolves.toBe(1);
  });
  test('is waited for, even within one process', async () => {
    bindFakeSys({ files: { '/run/tsrun/web/state.json': JSON.stringify(record) } });
    const order: string[] = [];
    let finish = (): void => undefined;
    const first = withLock(web, async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      order.push('first');
    });
    const second = withLock(web, () => order.push('second'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    finish();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });
  test('of an unknown id does not exist', async () => {
    bindFakeSys();
    await expect(withLock(web, () => 1)).rejects.toMatchObject({ code: 'not-found' });
  });
  test('of a container that was deleted meanwhile does not exist', async () => {
    const fake = bindFakeSys({ files: { '/run/tsrun/web/state.json': JSON.stringify(record) } });
    let finish = (): void => undefined;
    const first = withLock(web, () => new Promise<void>((resolve) => (finish = resolve)));
    const second = expect(withLock(web, () => 1)).rejects.toMatchObject({ code: 'not-found' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    fake.files.delete('/run/tsrun/web/state.json');
    fake.directories.delete('/run/tsrun/web');
    finish();
    await Promise.all([first, second]);
  });
  test.each([
    ['a record without a process', JSON.stringify({ ...record, pid: 0 }), 'container is being created'],
    ['no record', null, 'container does not exist'],
  ])('is not waited for if the container is being created and has %s, except to remove it', async (_name, text, message) => {
    const fake = bindFakeSys({
      directories: ['/run/tsrun/web'],
      ...(text === null ? {} : { files: { '/run/tsrun/web/state.json': text } }),
    });
    const creator = openStore(web);
    fake.sys.lockDirectory({ path: '/run/tsrun/web', fd: creator.directory });
    await expect(withLock(web, () => 1)).rejects.toThrow(message);
    const removal = withLock(web, () => 1, { waitsForCreation: true });
    closeStore(creator);
    await expect(removal).resolves.toBe(1);
  });
  test('is not waited for without limit', async () => {
    const fake = bindFakeSys({
      files: { '/run/tsrun/web/state.json': JSON.stringify(record), '/proc/locks': '1: FLOCK  ADVISORY  WRITE 4711 00:1a:99 0 EOF\n' },
    });
    fake.sys.lockDirectory({ path: '/run/tsrun/web' });
    await expect(withLock(web, () => 1)).rejects.toMatchObject({
      code: 'wrong-state',
      message: expect.stringContaining('for 30 s') as string,
    });
  });
  test('can be released and taken again, unless the container was deleted meanwhile', async () => {
    const fake = bindFakeSys();
    const store = takeStore(web);
    unlockStore(store);
    await expect(withLock(web, () => 1, { waitsForCreation: true })).resolves.toBe(1);
    await expect(relockStore(store)).resolves.toBe(true);
    fake.directories.delete('/run/tsrun/web');
    await expect(relockStore(store)).resolves.toBe(false);
  });
});

describe('the cleanup record', () => {
  const cleanup = { cgroup: '/sys/fs/cgroup/a/web', parents: ['/sys/fs/cgroup/a'] };
  test('says what to remove without the container record', () => {
    bindFakeSys({ directories: ['/run/tsrun/web'], files: { '/run/tsrun/web/state.json': '{' } });
    writeCleanupRecord({ store: openStore(web), cleanup });
    expect(readCleanupRecord(openStore(web))).toEqual(cleanup);
  });
  test('that is missing is replaced by what is left of the container record', () => {
    bindFakeSys({ files: { '/run/tsrun/web/state.json': JSON.stringify(record).slice(0, -5) } });
    expect(readCleanupRecord(openStore(web))).toEqual({ cgroup: '/sys/fs/cgroup/tsrun/web', parents: [] });
  });
  test('contains the inode of the cgroup and the boot id', () => {
    bindFakeSys({ directories: ['/run/tsrun/web'] });
    const whole = { ...cleanup, cgroupInode: 4711, bootId: '5a8f' };
    writeCleanupRecord({ store: openStore(web), cleanup: whole });
    expect(readCleanupRecord(openStore(web))).toEqual(whole);
  });
  test('is replaced as a whole, so that it is never incomplete', () => {
    const fake = bindFakeSys({ directories: ['/run/tsrun/web'] });
    writeCleanupRecord({ store: openStore(web), cleanup });
    expect(fake.calls.filter((call) => call.startsWith('write') || call.startsWith('replace'))).toEqual(['replaceFile cgroup']);
  });
  test.each(['/sys/fs/cgroup/a', '/sys/fs/cgroup/a/web\n/sys/fs/cgro'])(
    'of tsrun 0.1.0 truncated to %j names no parent directory',
    (text) => {
      bindFakeSys({ files: { '/run/tsrun/web/cgroup': text } });
      expect(readCleanupRecord(openStore(web))).toEqual(text.includes('\n') ? { cgroup: '/sys/fs/cgroup/a/web', parents: [] } : null);
    },
  );
  test('is empty if nothing is left', () => {
    bindFakeSys({ files: { '/run/tsrun/web/state.json': '' } });
    expect(readCleanupRecord(openStore(web))).toBeNull();
  });
});
