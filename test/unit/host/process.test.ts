import { describe, expect, test } from 'vitest';
import { isAlive, parseStat, processStartTime, readProcess } from '../../../src/host/process.js';
import { bindFakeSys, systemError } from '../fake_sys.js';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const stat = (comm: string, state: string, start: number): string =>
  `42 (${comm}) ${state} 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 ${start} 1000 50 0 0\n`;

test('parent, state and start time are read', () => {
  expect(parseStat(bytes(stat('sh', 'S', 987)))).toEqual({ state: 'S', parent: 7, startTime: 987 });
});

test.each(['a) Z 1 (b', 'x y', ')', ''])('a process may have the name %j', (comm) => {
  expect(parseStat(bytes(stat(comm, 'R', 5)))).toEqual({ state: 'R', parent: 7, startTime: 5 });
});

test('the name of a process need not be UTF-8', () => {
  bindFakeSys({ files: { '/proc/42/stat': stat('\xff\xfe', 'S', 5) } });
  expect(readProcess(42)).toMatchObject({ startTime: 5 });
});

describe('a recorded process', () => {
  const alive = (state: string, start: number, recorded: number): boolean => {
    bindFakeSys({ files: { '/proc/42/stat': stat('sh', state, start) } });
    return isAlive({ pid: 42, startTime: recorded });
  };
  test('is alive with the same start time', () => {
    expect(alive('S', 100, 100)).toBe(true);
  });
  test('is another one with another start time', () => {
    expect(alive('S', 101, 100)).toBe(false);
  });
  test.each<readonly [offsets: string, start: number, expected: boolean]>([
    ['monotonic           0         0\nboottime         -10         0\n', 4000, true],
    ['monotonic           0         0\nboottime         -10         0\n', 4001, false],
    ['monotonic           7         0\nboottime           1   5000000\n', 5100, true],
    ['monotonic           7         0\nboottime           1   5000000\n', 5101, true],
    ['monotonic           7         0\nboottime           1   5000000\n', 5102, false],
    ['monotonic           7         0\nboottime           0         0\n', 5001, false],
  ])('is the same in a time namespace with its offset: %j, %d', (offsets, start, expected) => {
    bindFakeSys({ files: { '/proc/42/stat': stat('sh', 'S', start), '/proc/self/timens_offsets': offsets } });
    expect(isAlive({ pid: 42, startTime: 5000 })).toBe(expected);
  });
  test.each(['Z', 'X'])('is dead in state %s', (state) => {
    expect(alive(state, 100, 100)).toBe(false);
  });
  test('is dead if it is gone', () => {
    bindFakeSys();
    expect([isAlive({ pid: 42, startTime: 100 }), isAlive({ pid: 0, startTime: 0 }), processStartTime(42)]).toEqual([false, false, 0]);
  });
  test('is checked by its pidfd if we hold it, but another one in its place is not', () => {
    const held = { pid: 42, startTime: 100, hasEnded: () => true };
    bindFakeSys({ files: { '/proc/42/stat': stat('sh', 'S', 100) } });
    expect(isAlive({ pid: 42, startTime: 100 }, held)).toBe(false);
    expect(isAlive({ pid: 42, startTime: 100 }, { ...held, startTime: 99 })).toBe(true);
    expect(isAlive({ pid: 42, startTime: 100 }, { ...held, pid: 41 })).toBe(true);
  });
  test('is dead if it disappears while it is read', () => {
    bindFakeSys({
      overrides: {
        readBytes: ({ path }) => {
          throw systemError('ESRCH', 'read', path);
        },
      },
    });
    expect(isAlive({ pid: 42, startTime: 100 })).toBe(false);
  });
});
