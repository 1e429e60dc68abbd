import { describe, expect, test } from 'vitest';
import { withLock } from '../../../src/state/lock.js';
import { readMark, writeMark } from '../../../src/state/mark.js';
import type { ContainerRecord } from '../../../src/state/record.js';
import { createStore, listIds, readRecord, removeStore, writeRecord } from '../../../src/state/store.js';
import { bindFakeDoor, systemError, type FakeDoor } from '../fake_door.js';

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

describe('an id', () => {
  test('is taken by its directory, and the root is made on the way', () => {
    const fake = bindFakeDoor();
    createStore(web);
    expect(fake.directories).toContain('/run/tsrun/web');
  });
  test('can be taken once', () => {
    bindFakeDoor();
    const outcomes = Array.from({ length: 50 }, () => {
      try {
        createStore(web);
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
  ])('%s is a clear error', (errno, code, message) => {
    bindFakeDoor({
      overrides: {
        makeDirectory: ({ path }) => {
          throw systemError(errno, 'mkdir', path);
        },
      },
    });
    expect(() => {
      createStore(web);
    }).toThrow(expect.objectContaining({ code, message, errno, hint: expect.any(String) as string }));
  });
});

describe('a record', () => {
  function written(text = JSON.stringify(record)): FakeDoor {
    return bindFakeDoor({ files: { '/run/tsrun/web/state.json': text } });
  }
  test('comes back as it was written', () => {
    bindFakeDoor({ directories: ['/run/tsrun/web'] });
    writeRecord({ root, record });
    expect(readRecord(web)).toEqual(record);
  });
  test('of an id that nobody took does not exist', () => {
    bindFakeDoor();
    expect(() => readRecord(web)).toThrow(expect.objectContaining({ code: 'not-found', message: 'container does not exist' }));
  });
  test.each(['..', '../other', 'a/b', ''])('is not looked for under %j, in words of runc', (id) => {
    const fake = bindFakeDoor({ files: { '/run/other/state.json': JSON.stringify(record) } });
    expect(() => readRecord({ root, id })).toThrow(id === '' ? 'container id cannot be empty' : 'invalid container ID format');
    expect(fake.calls).toEqual([]);
  });
  test('that was not written yet does not exist, but delete --force finds the directory', () => {
    bindFakeDoor({ directories: ['/run/tsrun/web'] });
    expect(() => readRecord(web)).toThrow(expect.objectContaining({ code: 'state-damaged', message: 'container does not exist' }));
  });
  test.each(['', '{', '[]', 'null', JSON.stringify(record).slice(0, 120), JSON.stringify({ ...record, version: 2 }), JSON.stringify({ ...record, pid: '42' }), JSON.stringify({ ...record, pid: -1 }), JSON.stringify({ ...record, id: 'other' })])(
    'that is %j is damaged, and the message names the file',
    (text) => {
      written(text);
      expect(() => readRecord(web)).toThrow(
        expect.objectContaining({ code: 'state-damaged', message: expect.stringContaining('"/run/tsrun/web/state.json"') as string, hint: expect.stringContaining('delete --force web') as string }),
      );
    },
  );
  test('goes with its directory, twice without error', () => {
    const fake = written();
    removeStore(web);
    removeStore(web);
    expect([...fake.files.keys()]).toEqual([]);
  });
});

describe('the list', () => {
  test('has the containers and nothing else', () => {
    bindFakeDoor({
      directories: ['/run/tsrun/being-made', '/run/tsrun/.cache'],
      files: { '/run/tsrun/b/state.json': '', '/run/tsrun/a/state.json': '', '/run/tsrun/not a name/state.json': '', '/run/tsrun/file': '' },
    });
    expect(listIds(root)).toEqual(['a', 'b']);
  });
  test('of a root that does not exist is empty', () => {
    bindFakeDoor();
    expect(listIds(root)).toEqual([]);
  });
});

describe('the lock', () => {
  test('is free again after the work, also after a failure', async () => {
    bindFakeDoor({ directories: ['/run/tsrun/web'] });
    await expect(withLock(web, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(withLock(web, () => 1)).resolves.toBe(1);
  });
  test('is waited for, also by the process that holds it', async () => {
    bindFakeDoor({ directories: ['/run/tsrun/web'] });
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
  test('of an id that nobody took does not exist', async () => {
    bindFakeDoor();
    await expect(withLock(web, () => 1)).rejects.toMatchObject({ code: 'not-found' });
  });
  test('of a container that was deleted while we waited does not exist', async () => {
    const fake = bindFakeDoor({ directories: ['/run/tsrun/web'] });
    let finish = (): void => undefined;
    const first = withLock(web, () => new Promise<void>((resolve) => (finish = resolve)));
    const second = expect(withLock(web, () => 1)).rejects.toMatchObject({ code: 'not-found' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    fake.directories.delete('/run/tsrun/web');
    finish();
    await Promise.all([first, second]);
  });
});

describe('the mark', () => {
  const mark = { cgroup: '/sys/fs/cgroup/a/web', parents: ['/sys/fs/cgroup/a'] };
  test('says what to remove without the record', () => {
    bindFakeDoor({ directories: ['/run/tsrun/web'], files: { '/run/tsrun/web/state.json': '{' } });
    writeMark({ ...web, mark });
    expect(readMark(web)).toEqual(mark);
  });
  test('that is missing is looked for in what is left of the record', () => {
    bindFakeDoor({ files: { '/run/tsrun/web/state.json': JSON.stringify(record).slice(0, -5) } });
    expect(readMark(web)).toEqual({ cgroup: '/sys/fs/cgroup/tsrun/web', parents: [] });
  });
  test('remembers the inode of the cgroup and the boot', () => {
    bindFakeDoor({ directories: ['/run/tsrun/web'] });
    const whole = { ...mark, cgroupInode: 4711, bootId: '5a8f' };
    writeMark({ ...web, mark: whole });
    expect(readMark(web)).toEqual(whole);
  });
  test('never exists in part', () => {
    const fake = bindFakeDoor({
      directories: ['/run/tsrun/web'],
      overrides: {
        writeFile: ({ path, text }) => {
          fake.files.set(path, text.slice(0, 20));
          throw systemError('ENOSPC', 'write', path);
        },
      },
    });
    expect(() => { writeMark({ ...web, mark }); }).toThrow(expect.objectContaining({ errno: 'ENOSPC' }));
    expect(readMark(web)).toBeNull();
  });
  test.each(['/sys/fs/cgroup/a', '/sys/fs/cgroup/a/web\n/sys/fs/cgro'])('of tsrun 0.1.0 that is cut short to %j names no directory further up', (text) => {
    bindFakeDoor({ files: { '/run/tsrun/web/cgroup': text } });
    expect(readMark(web)).toEqual(text.includes('\n') ? { cgroup: '/sys/fs/cgroup/a/web', parents: [] } : null);
  });
  test('is nothing where nothing is left', () => {
    bindFakeDoor({ files: { '/run/tsrun/web/state.json': '' } });
    expect(readMark(web)).toBeNull();
  });
});
