import { expect, test } from 'vitest';
import type { Note } from '../../../src/cli/log_entry.js';
import { tracedDoor } from '../../../src/cli/traced_sys.js';
import { door } from '../../../src/sys/call.js';
import type { Door } from '../../../src/sys/contract.js';
import { bindRecordingDoor } from './recording_door.js';

function trace(more: Partial<Door>): { readonly traced: Door; readonly notes: Note[] } {
  let now = 0;
  bindRecordingDoor({ clock: () => ({ realtime: 0, nanoseconds: 0, monotonic: (now += 5000) }), ...more });
  const notes: Note[] = [];
  return { notes, traced: tracedDoor(door(), { fail: () => undefined, note: (note) => notes.push(note) }) };
}

test('a call leaves what it was on and how long it took', () => {
  const { traced, notes } = trace({ open: () => 7 });
  expect(traced.open({ path: '/x', flags: 0 })).toBe(7);
  expect(notes).toEqual([{ level: 'debug', message: 'open path="/x"', fields: { at: 5, took: 5 } }]);
});

test('a failed call says by which errno, and still fails', () => {
  const failure = Object.assign(new Error('open'), { code: 'EACCES', errno: 13, call: 'openat2', subject: '/x' });
  const { traced, notes } = trace({
    open: () => {
      throw failure;
    },
  });
  expect(() => traced.open({ path: '/x', flags: 0 })).toThrow(failure);
  expect(notes[0]?.fields).toHaveProperty('failed', 'EACCES');
});

test('a call that is waited for is recorded when it is answered', async () => {
  const { traced, notes } = trace({ whenReadable: () => Promise.resolve(0) });
  const answer = traced.whenReadable({ fds: [3], timeout: -1 });
  expect(notes).toEqual([]);
  expect(await answer).toBe(0);
  expect(notes[0]?.message).toBe('whenReadable fds=[3] timeout=-1');
});

test('contents are never told', () => {
  const { traced, notes } = trace({});
  traced.writeFile({ path: '/x', text: 'secret', flags: 0 });
  expect(JSON.stringify(notes)).not.toContain('secret');
});

test('functions that are not enumerable are traced: QuickJS defines them so', () => {
  trace({});
  const hidden = Object.defineProperty({ ...door() }, 'listDirectory', { value: () => ['a'], enumerable: false });
  const notes: Note[] = [];
  const traced = tracedDoor(hidden, { fail: () => undefined, note: (note) => notes.push(note) });
  expect(traced.listDirectory({ path: '/x' })).toEqual(['a']);
  expect(notes[0]?.message).toBe('listDirectory path="/x"');
});
