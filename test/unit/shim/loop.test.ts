import { beforeEach, describe, expect, test } from 'vitest';
import { Loop, readable, writable } from '../../../src/shim/loop/index.js';
import { bindSys } from '../../../src/sys/call.js';
import { fakeSys } from '../fake_sys.js';

let milliseconds = 0;
/** What poll(2) reports next, by descriptor. */
let happening: Record<number, number> = {};
/** The timeouts that the loop asked for. */
let timeouts: number[] = [];
let failures: unknown[] = [];
let rests = 0;

const server = {
  poll: ({ fds, timeout, rest }: { fds: readonly number[]; timeout: number; rest: boolean }) => {
    if (rest) rests++;
    timeouts.push(timeout);
    return fds.flatMap((fd, index) => (happening[fd] === undefined ? [] : [index, happening[fd]]));
  },
};

let loop: Loop;

beforeEach(() => {
  milliseconds = 1000;
  happening = {};
  timeouts = [];
  failures = [];
  rests = 0;
  bindSys(fakeSys({ overrides: { clock: () => ({ realtime: 0, nanoseconds: 0, monotonic: milliseconds * 1e6 }) } }).sys);
  loop = new Loop(server, (error) => failures.push(error));
});

describe('the event loop', () => {
  test('rests without a limit if no timer is set and nothing has happened for a while', () => {
    loop.watch({ fd: 5, events: readable, call: () => undefined });
    loop.turn();
    expect(rests).toBe(0);
    loop.turn();
    expect(timeouts).toEqual([100, -1]);
    expect(rests).toBe(1);
  });

  test('rests again after something has happened, and not while a timer is set', () => {
    loop.watch({ fd: 5, events: readable, call: () => undefined });
    loop.turn();
    happening = { 5: readable };
    loop.turn();
    happening = {};
    const cancel = loop.after(1000, () => undefined);
    loop.turn();
    expect(rests).toBe(1);
    cancel();
    loop.turn();
    loop.turn();
    expect(timeouts).toEqual([100, -1, 1000, 100, -1]);
    expect(rests).toBe(2);
  });

  test('passes the same lists to poll(2) until a watch begins or ends', () => {
    const seen: (readonly number[])[] = [];
    const looking = new Loop(
      {
        poll: ({ fds }) => {
          seen.push(fds);
          return [];
        },
      },
      () => undefined,
    );
    const end = looking.watch({ fd: 5, events: readable, call: () => undefined });
    looking.turn();
    looking.turn();
    expect(seen[1]).toBe(seen[0]);
    looking.watch({ fd: 6, events: readable, call: () => undefined });
    looking.turn();
    end();
    end();
    looking.turn();
    expect(seen.slice(1)).toEqual([[5], [5, 6], [6]]);
  });

  test('calls back with what has happened, until the watch ends', () => {
    const seen: number[] = [];
    const end = loop.watch({ fd: 5, events: readable | writable, call: (events) => seen.push(events) });
    happening = { 5: writable };
    loop.turn();
    end();
    loop.turn();
    expect(seen).toEqual([writable]);
  });

  test('does not call a watch that an earlier callback of the same turn has ended', () => {
    const seen: string[] = [];
    const watches: { second: () => void } = { second: () => undefined };
    loop.watch({ fd: 5, events: readable, call: () => watches.second() });
    watches.second = loop.watch({ fd: 6, events: readable, call: () => seen.push('second') });
    happening = { 5: readable, 6: readable };
    loop.turn();
    expect(seen).toEqual([]);
  });

  test('calls timers in the order of their time, and none that is cancelled', () => {
    const seen: string[] = [];
    loop.after(30, () => seen.push('late'));
    loop.after(10, () => seen.push('early'));
    loop.after(20, () => seen.push('cancelled'))();
    loop.turn();
    expect([timeouts, seen]).toEqual([[10], []]);
    milliseconds += 40;
    loop.turn();
    expect(seen).toEqual(['early', 'late']);
  });

  test('calls a timer that a callback sets in the next turn, however short it is', () => {
    const seen: string[] = [];
    loop.watch({ fd: 5, events: readable, call: () => loop.after(0, () => seen.push('timer')) });
    happening = { 5: readable };
    loop.turn();
    expect(seen).toEqual([]);
    happening = {};
    loop.turn();
    expect([seen, timeouts]).toEqual([['timer'], [100, 0]]);
  });

  test('continues after a callback that fails', () => {
    const seen: string[] = [];
    loop.watch({
      fd: 5,
      events: readable,
      call: () => {
        throw new Error('broken');
      },
    });
    loop.watch({ fd: 6, events: readable, call: () => seen.push('second') });
    happening = { 5: readable, 6: readable };
    loop.turn();
    expect([seen, failures]).toEqual([['second'], [new Error('broken')]]);
  });

  test('whenReadable resolves with the index of the descriptor', async () => {
    const wait = loop.whenReadable({ fds: [5, 6], timeout: -1 });
    happening = { 6: readable };
    loop.turn();
    expect(await wait).toBe(1);
    // Nothing is watched any more.
    happening = {};
    loop.turn();
    expect(timeouts).toEqual([100, 100]);
  });

  test('whenReadable resolves with -1 after its timeout, also without descriptors', async () => {
    const waits = [loop.whenReadable({ fds: [5], timeout: 10 }), loop.whenReadable({ fds: [], timeout: 5 })];
    milliseconds += 10;
    loop.turn();
    expect(await Promise.all(waits)).toEqual([-1, -1]);
  });

  test('whenReadable fails for a descriptor that is not open', async () => {
    const wait = loop.whenReadable({ fds: [5], timeout: -1 });
    happening = { 5: 0x20 };
    loop.turn();
    await expect(wait).rejects.toMatchObject({ code: 'EBADF' });
  });
});
