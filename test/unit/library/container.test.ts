import { describe, expect, test, vi } from 'vitest';
import { call } from '../machine/verbs.js';
import { libraryHost, refusal } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

describe('a container', () => {
  test('waits until it is started, then runs', async () => {
    const { machine, create, left } = libraryHost();
    const container = await create();
    expect(container.state()).toMatchObject({ id: 'web', status: 'created', pid: container.pid, bundle: '/bundle' });
    expect(machine.inits.map(({ executed }) => executed)).toEqual([false]);
    await container.start();
    expect(container.state().status).toBe('running');
    expect(machine.inits.map(({ executed }) => executed)).toEqual([true]);
    await container.delete({ force: true });
    expect(await left()).toEqual([]);
  });

  test('lists its processes until it is deleted', async () => {
    const { start } = libraryHost();
    const container = await start();
    expect(await container.processes()).toEqual([container.pid]);
    await container.delete({ force: true });
    expect(await refusal(() => container.processes())).toMatchObject({ code: 'not-found' });
  });

  test('cannot be started twice, or when it has ended', async () => {
    const { start } = libraryHost();
    const container = await start();
    expect(await refusal(() => container.start())).toMatchObject({
      code: 'wrong-state',
      message: expect.stringContaining('running') as string,
    });
    await container.kill('KILL');
    expect(await refusal(() => container.start())).toMatchObject({
      code: 'wrong-state',
      message: 'cannot start a container that has stopped',
    });
  });

  test.each([
    [
      { code: 7, signal: 0 },
      { code: 7, signal: null },
    ],
    [
      { code: -1, signal: 9 },
      { code: null, signal: 'SIGKILL' },
    ],
    [
      { code: -1, signal: 40 },
      { code: null, signal: 'SIG40' },
    ],
  ])('that ended with %j: wait returns %j, as often as it is called', async (ending, exit) => {
    const { start, left } = libraryHost({ ending });
    const container = await start();
    expect(await container.wait()).toEqual(exit);
    expect(await container.wait()).toEqual(exit);
    expect(container.state()).toMatchObject({ status: 'stopped', pid: 0 });
    await container.delete();
    expect(await left()).toEqual([]);
  });

  test('wait lasts until the container ends', async () => {
    const { start } = libraryHost();
    const container = await start();
    const ended = vi.fn();
    const waiting = container.wait().then(ended);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).not.toHaveBeenCalled();
    await container.kill();
    await waiting;
    expect(ended).toHaveBeenCalledWith({ code: null, signal: 'SIGTERM' });
  });

  test.each(['SIGUSR1', 'usr1', 10])('kill sends the signal %j', async (signal) => {
    const { start } = libraryHost();
    const container = await start();
    await container.kill(signal);
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGUSR1' });
  });

  test('kill with all reaches every process of its cgroup', async () => {
    const { machine, start } = libraryHost();
    const container = await start();
    const process = await container.exec(['sleep'], { stdio: 'ignore' });
    expect(machine.processes.find(process.pid).alive).toBe(true);
    await container.kill('KILL', { all: true });
    expect(await process.wait()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test.each(['SIGNOTHING', 65, -1, ''])('kill refuses the signal %j and sends none', async (signal) => {
    const { start } = libraryHost();
    const container = await start();
    expect(await refusal(() => container.kill(signal))).toMatchObject({
      code: 'usage',
      message: `unknown signal ${JSON.stringify(signal)}`,
    });
    expect(container.state().status).toBe('running');
  });

  test('kill of one that has ended fails', async () => {
    const { start } = libraryHost({ ending: { code: 0, signal: 0 } });
    const container = await start();
    await container.wait();
    expect(await refusal(() => container.kill())).toMatchObject({ code: 'not-running', message: 'container not running' });
  });

  test('is frozen and thawed', async () => {
    const { start } = libraryHost();
    const container = await start();
    await container.pause();
    expect(container.state().status).toBe('paused');
    expect(await refusal(() => container.exec(['ls']))).toMatchObject({ code: 'wrong-state' });
    await container.resume();
    expect(container.state().status).toBe('running');
    expect(await refusal(() => container.resume())).toMatchObject({ code: 'wrong-state' });
  });

  test('that runs is deleted with force only', async () => {
    const { start, left } = libraryHost();
    const container = await start();
    expect(await refusal(() => container.delete())).toMatchObject({ code: 'wrong-state' });
    expect(container.state().status).toBe('running');
    await container.delete({ force: true });
    expect(await refusal(() => container.state())).toMatchObject({ code: 'not-found', message: 'container does not exist' });
    expect(await refusal(() => container.delete())).toMatchObject({ code: 'not-found' });
    await container.delete({ force: true });
    expect(await left()).toEqual([]);
  });

  test('is gone at the end of its block', async () => {
    const { runtime, create, left } = libraryHost();
    {
      await using container = await create();
      await container.start();
    }
    expect(runtime.list()).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test('warns of a poststop hook that fails, and is deleted all the same', async () => {
    const { create, left } = libraryHost({
      config: { top: { hooks: { poststop: [{ path: '/hook' }] } } },
      programs: { '/hook': { code: 3 } },
    });
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    try {
      const container = await create();
      await container.delete();
      expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('poststop'), {
        type: 'TsrunWarning',
        code: 'TSRUN_POSTSTOP_HOOK',
      });
    } finally {
      warn.mockRestore();
    }
    expect(await left()).toEqual([]);
  });
});

describe('a container of another program', () => {
  test('is found: its end is seen, how it ended is not', async () => {
    const { machine, runtime, left } = libraryHost();
    await call('run', '--detach', '--bundle', '/bundle', 'web');
    machine.nextProgram();
    const container = runtime.get('web');
    expect(container.pid).toBe(container.state().pid);
    const waiting = container.wait();
    await container.kill('KILL');
    expect(await waiting).toEqual({ code: null, signal: null });
    expect(await container.wait()).toEqual({ code: null, signal: null });
    await container.delete();
    expect(await left()).toEqual([]);
  });

  test('that has ended already: wait returns at once', async () => {
    const { machine, runtime } = libraryHost({ ending: { code: 3, signal: 0 } });
    await call('run', '--detach', '--bundle', '/bundle', 'web');
    machine.nextProgram();
    expect(runtime.get('web').pid).toBe(0);
    expect(await runtime.get('web').wait()).toEqual({ code: null, signal: null });
  });

  test('is not a later one with its id', async () => {
    const { machine, runtime, start } = libraryHost();
    const mine = await start();
    const found = runtime.get('web');
    await call('delete', '--force', 'web');
    await call('run', '--detach', '--bundle', '/bundle', 'web');
    const { pid } = runtime.get('web');
    for (const old of [mine, found]) {
      for (const act of [() => old.state(), () => old.kill('KILL'), () => old.start(), () => old.exec(['ls'], { stdio: 'ignore' })])
        expect(await refusal(act)).toMatchObject({ code: 'not-found' });
      await old.delete({ force: true });
    }
    expect(machine.processes.find(pid).alive).toBe(true);
  });

  test('get of an id that nobody has, or that is none', async () => {
    const { runtime } = libraryHost();
    expect(await refusal(() => runtime.get('absent'))).toMatchObject({ code: 'not-found', message: 'container does not exist' });
    expect(await refusal(() => runtime.get('../web'))).toMatchObject({ code: 'invalid-id' });
  });
});
