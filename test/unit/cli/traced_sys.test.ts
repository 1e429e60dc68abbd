import { expect, test } from 'vitest';
import type { LogEntry } from '../../../src/cli/log_entry.js';
import { tracedSys } from '../../../src/cli/traced_sys.js';
import { sys } from '../../../src/sys/call.js';
import type { Sys } from '../../../src/sys/contract.js';
import { bindRecordingSys } from './recording_sys.js';

function trace(more: Partial<Sys>): { readonly traced: Sys; readonly entries: LogEntry[] } {
  let now = 0;
  bindRecordingSys({ clock: () => ({ realtime: 0, nanoseconds: 0, monotonic: (now += 5000) }), ...more });
  const entries: LogEntry[] = [];
  return { entries, traced: tracedSys(sys(), { fail: () => undefined, add: (entry) => entries.push(entry) }) };
}

test('a call is recorded with its object and duration', () => {
  const { traced, entries } = trace({ open: () => 7 });
  expect(traced.open({ path: '/x', flags: 0 })).toBe(7);
  expect(entries).toEqual([{ level: 'debug', message: 'open path="/x"', fields: { at: 5, took: 5 } }]);
});

test('a failed call is recorded with its errno, and still fails', () => {
  const failure = Object.assign(new Error('open'), { code: 'EACCES', errno: 13, call: 'openat2', subject: '/x' });
  const { traced, entries } = trace({
    open: () => {
      throw failure;
    },
  });
  expect(() => traced.open({ path: '/x', flags: 0 })).toThrow(failure);
  expect(entries[0]?.fields).toHaveProperty('failed', 'EACCES');
});

test('an asynchronous call is recorded when it completes', async () => {
  const { traced, entries } = trace({ whenReadable: () => Promise.resolve(0) });
  const answer = traced.whenReadable({ fds: [3], timeout: -1 });
  expect(entries).toEqual([]);
  expect(await answer).toBe(0);
  expect(entries[0]?.message).toBe('whenReadable fds=[3] timeout=-1');
});

test('contents are never recorded', () => {
  const { traced, entries } = trace({});
  traced.writeFile({ path: '/x', text: 'secret', flags: 0 });
  expect(JSON.stringify(entries)).not.toContain('secret');
});

test('functions that are not enumerable are traced, because QuickJS defines them so', () => {
  trace({});
  const hidden = Object.defineProperty({ ...sys() }, 'listDirectory', { value: () => ['a'], enumerable: false });
  const entries: LogEntry[] = [];
  const traced = tracedSys(hidden, { fail: () => undefined, add: (entry) => entries.push(entry) });
  expect(traced.listDirectory({ path: '/x' })).toEqual(['a']);
  expect(entries[0]?.message).toBe('listDirectory path="/x"');
});
