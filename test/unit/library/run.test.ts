import { describe, expect, test, vi } from 'vitest';
import { libraryHost, refusal, untyped } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

const bundle = '/bundle';

describe('run', () => {
  test('returns how the container ended and what it wrote, and keeps nothing', async () => {
    const { runtime, left } = libraryHost({
      program: (program) => {
        program.write(1, 'out');
        program.write(2, 'err');
        program.exit({ code: 3, signal: 0 });
      },
    });
    expect(await runtime.run({ bundle })).toEqual({ code: 3, signal: null, stdout: 'out', stderr: 'err', reachedLimits: [] });
    expect(await left()).toEqual([]);
  });

  test.each(['text', Buffer.from('text')])('passes the input %j', async (input) => {
    const { runtime, left } = libraryHost({
      program: (program) => {
        program.read((read) => {
          program.write(1, read.toUpperCase());
          program.exit({ code: 0, signal: 0 });
        });
      },
    });
    expect(await runtime.run({ bundle, input })).toEqual({ code: 0, signal: null, stdout: 'TEXT', stderr: '', reachedLimits: [] });
    expect(await left()).toEqual([]);
  });

  test('reads a getter of the request once', async () => {
    const { runtime } = libraryHost({
      program: (program) => {
        program.exit({ code: 0, signal: 0 });
      },
    });
    let reads = 0;
    const request = {
      bundle,
      get maxBuffer() {
        reads += 1;
        return reads === 1 ? 1024 : -1;
      },
    };
    expect(await runtime.run(request)).toMatchObject({ code: 0 });
    expect(reads).toBe(1);
  });

  test('collects no output that was requested elsewhere', async () => {
    const { runtime, left } = libraryHost({
      program: (program) => {
        program.write(1, 'out');
        program.exit({ code: -1, signal: 15 });
      },
    });
    expect(await runtime.run({ bundle, stdio: 'ignore' })).toEqual({
      code: null,
      signal: 'SIGTERM',
      stdout: '',
      stderr: '',
      reachedLimits: [],
    });
    expect(await left()).toEqual([]);
  });

  test('has an id of its own each time, or the one that is given', async () => {
    const ids: string[] = [];
    const { runtime } = libraryHost({
      program: (program) => {
        ids.push(...runtime.list().map(({ id }) => id));
        program.exit({ code: 0, signal: 0 });
      },
    });
    await runtime.run({ bundle });
    await runtime.run({ bundle });
    await runtime.run({ bundle, id: 'mine' });
    expect(new Set(ids).size).toBe(3);
    expect(ids[2]).toBe('mine');
  });

  test.each(['ignore', 'inherit', ['ignore', 'pipe', 'pipe']] as const)('refuses an input that %j would drop', async (stdio) => {
    const { runtime, machine, left } = libraryHost();
    expect(await refusal(() => runtime.run({ bundle, input: 'x', stdio }))).toMatchObject({
      code: 'usage',
      message: 'run: input is given, but the standard input is not a pipe',
    });
    expect(machine.inits).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test('refuses an input that is neither text nor bytes', async () => {
    const { runtime, machine } = libraryHost();
    expect(await refusal(() => runtime.run({ bundle, input: untyped<string>(7) }))).toMatchObject({ code: 'usage' });
    expect(machine.inits).toEqual([]);
  });

  test('of a program that cannot be executed fails, and leaves nothing', async () => {
    const { runtime, left } = libraryHost({ script: ({ op }) => (op === 'execute' ? 'fail' : undefined) });
    expect(await refusal(() => runtime.run({ bundle, input: 'x' }))).toMatchObject({ code: 'executable', errno: 'EPERM' });
    expect(await left()).toEqual([]);
  });

  test('of a bundle that is not there fails, and leaves nothing', async () => {
    const { runtime, left } = libraryHost();
    expect(await refusal(() => runtime.run({ bundle: '/absent' }))).toMatchObject({ code: 'bundle' });
    expect(await left()).toEqual([]);
  });

  test('is ended by an AbortSignal: the container is gone', async () => {
    const abort = new AbortController();
    const { runtime, left } = libraryHost({
      program: () => {
        setImmediate(() => {
          abort.abort('enough');
        });
      },
    });
    expect(await refusal(() => runtime.run({ bundle, signal: abort.signal }))).toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(runtime.list()).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test('returns which limits the container has reached', async () => {
    const { runtime, machine, left } = libraryHost({
      program: () => {
        setImmediate(() => {
          machine.cgroups.outOfMemory('tsrun-init');
        });
      },
    });
    expect(await runtime.run({ bundle })).toMatchObject({
      code: null,
      signal: 'SIGKILL',
      reachedLimits: [{ name: 'memory', limit: null, count: 1 }],
    });
    expect(await left()).toEqual([]);
  });

  test('knows nothing of the limits of a container that somebody else has deleted, and returns its end', async () => {
    const { runtime, left } = libraryHost({
      program: () => {
        setImmediate(() => {
          void runtime.delete('web', { force: true });
        });
      },
    });
    expect(await runtime.run({ bundle, id: 'web' })).toMatchObject({ signal: 'SIGKILL', reachedLimits: [] });
    expect(await left()).toEqual([]);
  });

  test('adds what fails while it cleans up to the first error', async () => {
    const { runtime, machine } = libraryHost({
      script: ({ op }) => {
        if (op !== 'execute') return undefined;
        Object.assign(machine.sys, {
          removeTree: () => {
            throw Object.assign(new Error('unlinkat: EIO'), { code: 'EIO', errno: 5, call: 'unlinkat', subject: '/run/tsrun/web' });
          },
        });
        return 'fail';
      },
    });
    const error = await refusal(() => runtime.run({ bundle, id: 'web' }));
    expect(error).toMatchObject({ code: 'executable', errno: 'EPERM' });
    expect(error.suppressed).toMatchObject([{ operation: 'remove state', errno: 'EIO' }]);
  });
});
