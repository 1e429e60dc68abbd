import { describe, expect, test } from 'vitest';
import { holdCgroup } from '../../../src/cgroup/identity.js';
import { reachedLimits } from '../../../src/cgroup/stats/reached.js';
import { hostWith } from '../machine/host.js';

const directory = '/sys/fs/cgroup/web';

function reachedWith(files: Readonly<Record<string, string>>) {
  const machine = hostWith();
  const made = machine.cgroups.make(directory);
  for (const name of ['memory.max', 'memory.events', 'pids.max']) made.entries.delete(name);
  for (const [name, text] of Object.entries(files)) machine.tree.plant(`${directory}/${name}`, text);
  const held = holdCgroup({ identity: { directory, inode: made.inode } });
  if (held === null) throw new Error('no cgroup');
  return reachedLimits(held);
}

const memory = (kills: number, own: number, max = '1000000\n') => ({
  'memory.events': `low 0\nhigh 0\nmax 9\noom 9\noom_kill ${kills}\n`,
  'memory.events.local': `low 0\nhigh 0\nmax 9\noom ${own}\noom_kill 0\n`,
  'memory.max': max,
});

const forks = (file: string, count: number, more: Readonly<Record<string, string>> = {}) => ({
  [file]: `max ${count}\n`,
  'pids.max': '64\n',
  ...more,
});

describe('limits that were reached', () => {
  test('are none without controllers, and without anything that was killed or refused', () => {
    expect(reachedWith({})).toEqual([]);
    expect(reachedWith({ ...memory(0, 0), ...forks('pids.events', 0) })).toEqual([]);
  });

  test('of memory are the own one, if it was the reason', () => {
    expect(reachedWith(memory(1, 1))).toEqual([
      { name: 'memory', limit: 1_000_000, count: 1, message: 'the memory limit of 1000000 bytes killed 1 process' },
    ]);
  });

  test.each([
    ['the limit of a cgroup above', memory(2, 0)],
    ['the whole machine', memory(2, 2, 'max\n')],
  ])('of memory have no number if the reason was %s', (_, files) => {
    const message = 'the kernel killed 2 processes because memory ran out outside of the container';
    expect(reachedWith(files)).toEqual([{ name: 'memory', limit: null, count: 2, message }]);
  });

  const own = (count: number) => ({ name: 'pids', limit: 64, count });

  test('of processes are the own one, as far as the kernel tells', () => {
    expect(reachedWith(forks('pids.events', 1))).toEqual([{ ...own(1), message: 'the limit of 64 processes refused 1 fork' }]);
    expect(reachedWith(forks('pids.events', 3, { 'pids.peak': '64\n' }))).toMatchObject([own(3)]);
    expect(reachedWith(forks('pids.events.local', 3, { 'pids.events': 'max 5\n', 'pids.peak': '64\n' }))).toMatchObject([own(3)]);
  });

  test('of processes have no number if there were never so many', () => {
    const message = 'a limit outside of the container refused 7 forks';
    expect(reachedWith(forks('pids.events', 7, { 'pids.peak': '12\n' }))).toEqual([{ name: 'pids', limit: null, count: 7, message }]);
  });

  test('are not those of cgroups that the container has made, if the kernel tells', () => {
    expect(reachedWith(forks('pids.events.local', 0, { 'pids.events': 'max 5\n' }))).toEqual([]);
  });
});
