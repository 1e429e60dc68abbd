import { expect, test } from 'vitest';
import { cleanUp } from '../../../src/errors/clean_up.js';
import { jsonRecord, plainText } from '../../../src/errors/format.js';
import { RuntimeError } from '../../../src/errors/runtime_error.js';
import { systemError } from '../fake_sys.js';

const first = (): RuntimeError => new RuntimeError('create container: no space', { code: 'setup', phase: 'setup' });
const fails = (message: string) => () => {
  throw new Error(message);
};

test('tries every step, and keeps the first failure', async () => {
  const done: string[] = [];
  const failure = first();
  const thrown = await cleanUp(failure, [
    fails('one'),
    async () => done.push('two'),
    () => Promise.reject(new Error('three')),
    () => done.push('four'),
  ]);
  expect(thrown).toBe(failure);
  expect(done).toEqual(['two', 'four']);
  expect(failure.suppressed.map(({ message }) => message)).toEqual(['one', 'three']);
});

test('keeps a failed system call as such if nothing else fails', async () => {
  const failure = systemError('ENOSPC', 'write', '/x');
  expect(await cleanUp(failure, [() => undefined])).toBe(failure);
  expect(await cleanUp(failure, [fails('one')])).toMatchObject({ errno: 'ENOSPC', suppressed: [{ message: 'one' }] });
});

test('prints later failures after the error', async () => {
  const error = await cleanUp(first(), [fails('rmdir: busy')]);
  expect(plainText({ error, terminal: false })).toBe('tsrun: create container: no space (while cleaning up: rmdir: busy)\n');
  expect(plainText({ error, terminal: true })).toBe('tsrun: create container: no space\n  while cleaning up: rmdir: busy\n');
  expect(JSON.parse(jsonRecord({ error, time: 0 }))).toMatchObject({ msg: 'create container: no space', suppressed: ['rmdir: busy'] });
});
