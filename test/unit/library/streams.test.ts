import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { libraryHost, refusal } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

describe('a stream of a container', () => {
  test('that is a pipe is read while the container runs, to its end', async () => {
    const { start, left } = libraryHost({
      program: (program) => {
        program.write(1, 'one ');
        setImmediate(() => {
          program.write(1, 'two');
          program.exit({ code: 0, signal: 0 });
        });
      },
    });
    const container = await start({ stdio: ['ignore', 'pipe', 'pipe'] });
    expect(container.stdin).toBeNull();
    expect(container.stdout === null ? null : await text(container.stdout)).toBe('one two');
    expect(container.stderr === null ? null : await text(container.stderr)).toBe('');
    await container.delete();
    expect(await left()).toEqual([]);
  });

  test('is null if it is no pipe', async () => {
    const { create } = libraryHost();
    expect(await create({ stdio: 'inherit' })).toMatchObject({ stdin: null, stdout: null, stderr: null });
  });

  test('is closed by the removal if nobody reads it', async () => {
    const { start, left } = libraryHost();
    const container = await start({ stdio: 'pipe' });
    await container.delete({ force: true });
    expect([container.stdout?.destroyed, container.stderr?.destroyed]).toEqual([true, true]);
    expect(await left()).toEqual([]);
  });

  test('that somebody reads is not cut short by the removal', async () => {
    const { start, left } = libraryHost({
      program: (program) => {
        program.write(1, 'the last words');
      },
    });
    const container = await start({ stdio: ['ignore', 'pipe', 'ignore'] });
    const reading = container.stdout === null ? null : text(container.stdout);
    await container.delete({ force: true });
    expect(await reading).toBe('the last words');
    expect(await left()).toEqual([]);
  });

  test.each(['a number', 'an object'])('that is an open file, given as %s, is a copy: the file stays the caller’s', async (how) => {
    const { machine, start } = libraryHost({
      program: (program) => {
        program.write(1, 'into the file');
      },
    });
    machine.tree.plant('/work/log', '');
    const fd = machine.sys.open({ path: '/work/log', flags: 1 });
    const container = await start({ stdio: ['ignore', how === 'a number' ? fd : { fd }, 'ignore'] });
    expect(machine.tree.need('/work/log', 'read').text).toBe('into the file');
    await container.delete({ force: true });
    expect(machine.descriptors.list().filter((line) => line.includes('/work'))).toEqual([`${fd}: /work/log`]);
  });

  test('that is closed is refused, and closes what was opened for the others', async () => {
    const { machine, create, left } = libraryHost();
    expect(await refusal(() => create({ stdio: ['pipe', 'pipe', 99] }))).toMatchObject({ code: 'usage', errno: 'EBADF' });
    expect(machine.descriptors.mistakes.splice(0)).toEqual(['hand over of descriptor 99, which is not open']);
    expect(await left()).toEqual([]);
  });

  test('fails as the machine does when it has no pipes left', async () => {
    const { machine, create, left } = libraryHost();
    const { pipe } = machine.sys;
    let made = 0;
    Object.assign(machine.sys, {
      pipe: () => {
        if (made++ < 2) return pipe();
        throw Object.assign(new Error('pipe2: EMFILE'), { code: 'EMFILE', errno: 24, call: 'pipe2', subject: '' });
      },
    });
    await expect(create({ stdio: 'pipe' })).rejects.toMatchObject({ code: 'EMFILE' });
    expect(await left()).toEqual([]);
  });
});
