import { describe, expect, test } from 'vitest';
import { freezeCgroup, isFrozen, thawCgroup } from '../../../src/cgroup/freeze.js';
import { killCgroup } from '../../../src/cgroup/kill.js';
import { cgroupProcesses } from '../../../src/cgroup/processes.js';
import { removeCgroup } from '../../../src/cgroup/remove.js';
import { bindFakeDoor, systemError, type FakeDoor } from '../fake_door.js';

const directory = '/cg/tsrun/web';

describe('processes', () => {
  test('are those of the whole subtree', () => {
    bindFakeDoor({
      files: {
        [`${directory}/cgroup.stat`]: 'nr_descendants 1\nnr_dying_descendants 0\n',
        [`${directory}/cgroup.procs`]: '30\n4\n',
        [`${directory}/inner/cgroup.stat`]: 'nr_descendants 0\n',
        [`${directory}/inner/cgroup.procs`]: '7\n',
      },
    });
    expect(cgroupProcesses({ directory })).toEqual([4, 7, 30]);
  });
  test('of a cgroup that is gone are none', () => {
    bindFakeDoor();
    expect(cgroupProcesses({ directory })).toEqual([]);
  });
});

describe('freeze', () => {
  function frozenAfter(reads: number): FakeDoor {
    const fake: FakeDoor = bindFakeDoor({
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
    await freezeCgroup({ directory });
    expect(isFrozen({ directory })).toBe(true);
    expect(fake.calls.filter((call) => call === 'whenReadable')).toHaveLength(3);
    await thawCgroup({ directory });
    expect(isFrozen({ directory })).toBe(false);
  });
  test('that does not come about is undone', async () => {
    const fake = frozenAfter(1_000_000);
    await expect(freezeCgroup({ directory })).rejects.toMatchObject({ operation: 'freeze' });
    expect(fake.files.get(`${directory}/cgroup.freeze`)).toBe('0');
  });
  test('a cgroup that is gone is not frozen', () => {
    bindFakeDoor();
    expect(isFrozen({ directory })).toBe(false);
  });
});

describe('kill', () => {
  test('is one write', () => {
    const fake = bindFakeDoor({ files: { [`${directory}/cgroup.kill`]: '' } });
    killCgroup({ directory });
    expect(fake.calls).toEqual([`writeFile ${directory}/cgroup.kill`]);
  });
  test('without cgroup.kill goes process by process, frozen meanwhile', () => {
    const killed: number[] = [];
    const fake: FakeDoor = bindFakeDoor({
      files: { [`${directory}/cgroup.procs`]: '5\n6\n', [`${directory}/cgroup.freeze`]: '0' },
      overrides: {
        kill: ({ pid, signal }) => {
          expect([signal, fake.files.get(`${directory}/cgroup.freeze`)]).toEqual([9, '1']);
          killed.push(pid);
          if (pid === 6) {
            fake.files.set(`${directory}/cgroup.procs`, '');
            throw systemError('ESRCH', 'kill', String(pid));
          }
        },
      },
    });
    killCgroup({ directory });
    expect(killed).toEqual([5, 6]);
    expect(fake.files.get(`${directory}/cgroup.freeze`)).toBe('0');
  });
  test('of a cgroup that is gone does nothing', () => {
    bindFakeDoor();
    expect(() => {
      killCgroup({ directory });
    }).not.toThrow();
  });
});

describe('removal', () => {
  test('takes what the container made below, and the parents that are empty', async () => {
    const fake = bindFakeDoor({
      cgroupMount: '/cg',
      directories: ['/cg/tsrun/other', directory, `${directory}/a`, `${directory}/a/b`],
      files: { [`${directory}/cgroup.stat`]: 'nr_descendants 2\n', [`${directory}/a/cgroup.stat`]: 'nr_descendants 1\n', [`${directory}/a/b/cgroup.stat`]: 'nr_descendants 0\n' },
    });
    await removeCgroup({ directory, parents: ['/cg/tsrun'] });
    expect(fake.directories.has(directory)).toBe(false);
    expect(fake.directories.has('/cg/tsrun')).toBe(true);
    await removeCgroup({ directory: '/cg/tsrun/other', parents: ['/cg/tsrun'] });
    expect(fake.directories.has('/cg/tsrun')).toBe(false);
  });
  test('waits for killed processes to leave', async () => {
    let left = 4;
    const fake: FakeDoor = bindFakeDoor({
      directories: [directory],
      overrides: {
        removeDirectory: ({ path }) => {
          if (left-- > 0) throw systemError('EBUSY', 'rmdir', path);
          fake.directories.delete(path);
        },
      },
    });
    await removeCgroup({ directory, parents: [] });
    expect(fake.directories.has(directory)).toBe(false);
  });
  test('that is not possible names the processes', async () => {
    bindFakeDoor({ cgroupMount: '/cg', files: { [`${directory}/cgroup.procs`]: '5\n', [`${directory}/cgroup.stat`]: 'nr_descendants 0\n', [`${directory}/cgroup.kill`]: '' } });
    await expect(removeCgroup({ directory, parents: [] })).rejects.toMatchObject({ errno: 'EBUSY', hint: 'it still has the processes 5' });
  });
  test('of a cgroup that is gone is no error', async () => {
    bindFakeDoor();
    await expect(removeCgroup({ directory, parents: ['/cg/tsrun'] })).resolves.toBeUndefined();
  });
});
