import { describe, expect, test } from 'vitest';
import { freezeCgroup, isFrozen, thawCgroup } from '../../../src/cgroup/processes/freeze.js';
import { holdCgroup, whoseCgroup, type HeldCgroup } from '../../../src/cgroup/identity.js';
import { killCgroup } from '../../../src/cgroup/processes/kill.js';
import { cgroupProcesses } from '../../../src/cgroup/processes/index.js';
import { removeCgroup } from '../../../src/cgroup/remove.js';
import { signalCgroup } from '../../../src/cgroup/processes/signal.js';
import { bindFakeSys, systemError, type FakeSys, type FakeSysOptions } from '../fake_sys.js';

const directory = '/cg/tsrun/web';
const cgroup2 = 0x63677270;

const held = (fake: FakeSys): HeldCgroup => ({ fd: fake.sys.open({ path: directory, flags: 0 }), directory });
const inodeOf = (fake: FakeSys, path = directory): number => fake.sys.status({ path, follow: false })?.inode ?? -1;

/** /cg is the hierarchy. */
const hierarchy = ({ overrides, ...more }: FakeSysOptions = {}): FakeSys =>
  bindFakeSys({
    cgroupMount: '/cg',
    directories: ['/cg'],
    ...more,
    overrides: { filesystemType: ({ path }) => (path.startsWith('/cg') ? cgroup2 : 0), ...overrides },
  });

describe('the owner of a cgroup', () => {
  test('is recognized by its inode', () => {
    const fake = hierarchy({ directories: [directory] });
    const inode = inodeOf(fake);
    expect(whoseCgroup({ directory, inode })).toBe('own');
    expect(whoseCgroup({ directory, inode: inode + 1 })).toBe('other');
    expect(holdCgroup({ identity: { directory, inode: inode + 1 } })).toBe(null);
    expect(fake.calls.at(-1)).toBe('close');
    expect(whoseCgroup({ directory: `${directory}x`, inode })).toBe('gone');
  });
  test('is recognized by its claim if its creation was killed before it recorded the inode', () => {
    const fake = hierarchy({ directories: [directory] });
    expect(whoseCgroup({ directory, claim: 'a' })).toBe('unproved');
    fake.sys.setAttribute({ path: directory, name: 'user.tsrun', value: 'a' });
    expect(whoseCgroup({ directory, claim: 'a' })).toBe('own');
    expect(whoseCgroup({ directory, claim: 'b' })).toBe('other');
    expect(whoseCgroup({ directory })).toBe('other');
  });
});

describe('the processes of a cgroup', () => {
  test('are those of the whole subtree', () => {
    const fake = hierarchy({ files: { [`${directory}/cgroup.procs`]: '30\n4\n', [`${directory}/inner/cgroup.procs`]: '7\n' } });
    expect(cgroupProcesses(held(fake))).toEqual([4, 7, 30]);
  });
  test('are signalled if they are still in it when we hold them', () => {
    const signalled: number[] = [];
    const fake: FakeSys = hierarchy({
      files: { [`${directory}/cgroup.procs`]: '5\n6\n7\n' },
      overrides: {
        openProcess: ({ pid }) => {
          if (pid === 6) throw systemError('ESRCH', 'pidfd_open', '6');
          // Its number belongs to another process by now.
          if (pid === 7) fake.files.set(`${directory}/cgroup.procs`, '5\n');
          return fake.sys.open({ path: directory, flags: 0 });
        },
        signalProcess: ({ signal }) => void signalled.push(signal),
      },
    });
    signalCgroup({ held: held(fake), signal: 15 });
    expect(signalled).toEqual([15]);
  });
});

describe('freezing a cgroup', () => {
  function frozenAfter(reads: number): FakeSys {
    const fake: FakeSys = bindFakeSys({
      files: { [`${directory}/cgroup.freeze`]: '0' },
      overrides: {
        readText: ({ path }) => {
          if (!path.endsWith('cgroup.events')) return fake.files.get(path) ?? '';
          return `populated 1\nfrozen ${reads-- > 0 ? 0 : Number(fake.files.get(`${directory}/cgroup.freeze`))}\n`;
        },
      },
    });
    return fake;
  }
  test('waits until all processes have stopped', async () => {
    const fake = frozenAfter(3);
    const inode = inodeOf(fake);
    await freezeCgroup(held(fake));
    expect(isFrozen({ directory, inode })).toBe(true);
    expect(fake.calls.filter((call) => call === 'whenReadable')).toHaveLength(3);
    await thawCgroup(held(fake));
    expect(isFrozen({ directory, inode })).toBe(false);
  });
  test('is undone if it does not succeed', async () => {
    const fake = frozenAfter(1_000_000);
    await expect(freezeCgroup(held(fake))).rejects.toMatchObject({ operation: 'freeze' });
    expect(fake.files.get(`${directory}/cgroup.freeze`)).toBe('0');
  });
  test('reports a cgroup that is gone as not frozen, and ignores another one in its place', () => {
    const fake = bindFakeSys({ files: { [`${directory}/cgroup.freeze`]: '1\n' } });
    expect(isFrozen({ directory: '/cg/gone', inode: 1 })).toBe(false);
    expect(isFrozen({ directory, inode: inodeOf(fake) + 1 })).toBe(false);
  });
});

describe('killing a cgroup', () => {
  test('takes one write', () => {
    const fake = bindFakeSys({ files: { [`${directory}/cgroup.kill`]: '' } });
    killCgroup(held(fake));
    expect(fake.calls.at(-1)).toBe('writeFile cgroup.kill');
  });
  test('without cgroup.kill goes process by process, frozen meanwhile', () => {
    const killed: number[] = [];
    const pids = new Map<number, number>();
    const fake: FakeSys = bindFakeSys({
      files: {
        [`${directory}/cgroup.procs`]: '5\n6\n',
        [`${directory}/cgroup.freeze`]: '0',
        [`${directory}/cgroup.events`]: 'populated 1\n',
      },
      overrides: {
        openProcess: ({ pid }) => {
          const fd = fake.sys.open({ path: directory, flags: 0 });
          pids.set(fd, pid);
          return fd;
        },
        signalProcess: ({ pidfd, signal }) => {
          expect([signal, fake.files.get(`${directory}/cgroup.freeze`)]).toEqual([9, '1']);
          killed.push(pids.get(pidfd) ?? 0);
          if (pids.get(pidfd) !== 6) return;
          fake.files.set(`${directory}/cgroup.events`, 'populated 0\n');
          throw systemError('ESRCH', 'pidfd_send_signal', '6');
        },
      },
    });
    killCgroup(held(fake));
    expect(killed).toEqual([5, 6]);
    expect(fake.files.get(`${directory}/cgroup.freeze`)).toBe('0');
  });
});

describe('removing a cgroup', () => {
  test('checks whose an empty one is, and takes one rmdir', async () => {
    const fake = hierarchy({ directories: [directory] });
    const inode = inodeOf(fake);
    fake.calls.length = 0;
    await removeCgroup({ cgroup: { directory, inode }, parents: [], kill: true });
    expect(fake.calls).toEqual([`status ${directory}`, `removeDirectory ${directory}`]);
  });
  test('includes what the container created below it, and empty parents that tsrun created', async () => {
    const fake = hierarchy({ directories: ['/cg/a/tsrun/other', '/cg/a/tsrun/web/x/y'] });
    const [web, other] = ['/cg/a/tsrun/web', '/cg/a/tsrun/other'];
    fake.sys.setAttribute({ path: '/cg/a/tsrun', name: 'user.tsrun', value: 'parent' });
    const parents = ['/cg/a', '/cg/a/tsrun'];
    await removeCgroup({ cgroup: { directory: web, inode: inodeOf(fake, web) }, parents, kill: false });
    expect(fake.directories.has(web)).toBe(false);
    expect(fake.directories.has('/cg/a/tsrun')).toBe(true);
    await removeCgroup({ cgroup: { directory: other, inode: inodeOf(fake, other) }, parents, kill: false });
    expect(fake.directories.has('/cg/a/tsrun')).toBe(false);
    // Nothing says that tsrun created this one.
    expect(fake.directories.has('/cg/a')).toBe(true);
  });
  test('does not touch another one in its place', async () => {
    const fake = hierarchy({ files: { [`${directory}/cgroup.procs`]: '5\n', [`${directory}/cgroup.kill`]: '' } });
    await removeCgroup({ cgroup: { directory, inode: inodeOf(fake) + 1 }, parents: [], kill: true });
    expect(fake.directories.has(directory)).toBe(true);
    expect(fake.files.get(`${directory}/cgroup.kill`)).toBe('');
  });
  test.each([{}, { inode: 0 }])('kills nothing without proof of ownership, or if the processes are not its own: %j', async (known) => {
    const fake = hierarchy({
      files: { [`${directory}/cgroup.procs`]: '5\n', [`${directory}/cgroup.kill`]: '' },
      directories: [`${directory}/below`],
    });
    const identity = { directory, ...('inode' in known ? { inode: inodeOf(fake) } : {}) };
    await expect(removeCgroup({ cgroup: identity, parents: [], kill: !('inode' in known) })).rejects.toMatchObject({
      errno: 'EBUSY',
      hint: 'it still has the processes 5',
    });
    expect(fake.files.get(`${directory}/cgroup.kill`)).toBe('');
    // What is below an unproved cgroup is not the container's, either.
    expect(fake.directories.has(`${directory}/below`)).toBe(!('inode' in known));
  });
  test('waits for killed processes to leave', async () => {
    let left = 4;
    const fake: FakeSys = hierarchy({
      directories: [directory],
      overrides: {
        writeFile: () => undefined,
        removeDirectory: ({ path }) => {
          if (left-- > 0) throw systemError('EBUSY', 'rmdir', path);
          fake.directories.delete(path);
        },
      },
    });
    await removeCgroup({ cgroup: { directory, inode: inodeOf(fake) }, parents: [], kill: true });
    expect(fake.directories.has(directory)).toBe(false);
  });
  test('succeeds if the cgroup is gone', async () => {
    hierarchy();
    await expect(removeCgroup({ cgroup: { directory, inode: 1 }, parents: ['/cg/tsrun'], kill: true })).resolves.toBeUndefined();
  });
  test.each(['/', '/cg'])('fails if the hierarchy is not visible: only %s exists', async (rest) => {
    bindFakeSys({ directories: [rest], overrides: { filesystemType: () => 0x01021994 } });
    await expect(removeCgroup({ cgroup: { directory, inode: 1 }, parents: [], kill: true })).rejects.toMatchObject({
      errno: 'ENOENT',
      hint: expect.stringContaining('not mounted') as string,
    });
  });
});
