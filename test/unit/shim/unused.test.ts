import { expect, test } from 'vitest';
import { encode } from '../../../src/protobuf/message.js';
import type { Context } from '../../../src/shim/task/context.js';
import { taskService, type TaskService } from '../../../src/shim/task/service.js';
import { createTaskRequest } from '../../../src/shim/wire/messages.js';

/** A service whose timers the test fires. */
function makeService(client: { connected: boolean }): {
  tasks: TaskService;
  timers: (() => void)[];
  waits: number[];
  ended: () => boolean;
} {
  let ended = false;
  const waits: number[] = [];
  const timers: (() => void)[] = [];
  const after = (milliseconds: number, call: () => void): (() => void) => {
    timers.push(call);
    waits.push(milliseconds);
    return () => void timers.splice(timers.indexOf(call), 1);
  };
  const tasks = taskService({ loop: { after } } as unknown as Context, {
    connected: () => client.connected,
    shutDown: () => (ended = true),
  });
  return { tasks, timers, waits, ended: () => ended };
}

test('a server to which nobody has connected ends after a time', () => {
  const { timers, ended } = makeService({ connected: false });
  expect(timers).toHaveLength(1);
  expect(ended()).toBe(false);
  timers.shift()?.();
  expect(ended()).toBe(true);
});

test('a server without a container waits while a client is connected', () => {
  const client = { connected: true };
  const { timers, ended } = makeService(client);
  timers.shift()?.();
  expect([timers.length, ended()]).toEqual([1, false]);
  client.connected = false;
  timers.shift()?.();
  expect([timers.length, ended()]).toEqual([0, true]);
});

test('a server whose client goes away before the first Create waits for less time', () => {
  const { tasks, timers, waits, ended } = makeService({ connected: false });
  tasks.disconnected();
  expect([timers.length, ended()]).toEqual([1, false]);
  expect(waits[1]).toBeLessThan(waits[0] ?? 0);
  timers.shift()?.();
  expect(ended()).toBe(true);
});

test('after the first Create, no timer is left, so that an idle server has no reason to wake up', () => {
  const { tasks, timers } = makeService({ connected: true });
  tasks.service['Create']?.call(encode(createTaskRequest, { id: 'one', bundle: '/bundle' })).catch(() => undefined);
  expect(timers).toHaveLength(0);
});
