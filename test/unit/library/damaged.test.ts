import { describe, expect, test, vi } from 'vitest';
import { libraryHost, refusal, untyped, type Host } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

const record = '/run/tsrun/web/state.json';

function damage({ machine }: Host, text: string): void {
  machine.tree.need(record, 'write').text = text;
}

describe.each(['', '{', '{"version":1}', 'null'])('a container whose record is %j', (text) => {
  test('is listed with the reason, beside the others', async () => {
    const host = libraryHost();
    await host.create();
    await host.create({ id: 'zoo' });
    await host.create({ id: 'app' });
    damage(host, text);
    const [first, second, third] = host.runtime.list();
    expect([first, third]).toMatchObject([
      { id: 'app', status: 'created' },
      { id: 'zoo', status: 'created' },
    ]);
    expect(second).toMatchObject({ id: 'web', status: 'damaged', error: { code: 'state-damaged', path: record } });
    expect(second).toHaveProperty('error.message', expect.stringContaining(`read state "${record}": damaged: `));
  });

  test('is not found, and is deleted by its id with force only: its process, cgroup and directory', async () => {
    const host = libraryHost();
    const { pid } = await host.start();
    damage(host, text);
    expect(await refusal(() => host.runtime.get('web'))).toMatchObject({ code: 'state-damaged' });
    expect(await refusal(() => host.runtime.delete('web'))).toMatchObject({
      code: 'state-damaged',
      hint: 'tsrun delete --force web (in a program: runtime.delete(id, { force: true })) removes the container and what is left of it',
    });
    expect(host.machine.processes.find(pid).alive).toBe(true);
    await host.runtime.delete('web', { force: true });
    expect(host.runtime.list()).toEqual([]);
    expect(await host.left()).toEqual([]);
  });

  test('is deleted with force by its creator', async () => {
    const host = libraryHost();
    const container = await host.start();
    damage(host, text);
    expect(await refusal(() => container.state())).toMatchObject({ code: 'state-damaged' });
    expect(await refusal(() => container.delete())).toMatchObject({ code: 'state-damaged' });
    await container.delete({ force: true });
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await host.left()).toEqual([]);
  });
});

describe('delete by id', () => {
  test('of a container that is whole: as by its object', async () => {
    const host = libraryHost();
    await host.start();
    expect(await refusal(() => host.runtime.delete('web'))).toMatchObject({ code: 'wrong-state' });
    await host.runtime.delete('web', { force: true });
    expect(await host.left()).toEqual([]);
  });

  test('of an id that nobody has is refused, or with force does nothing', async () => {
    const { runtime, left } = libraryHost();
    expect(await refusal(() => runtime.delete('absent'))).toMatchObject({ code: 'not-found' });
    await runtime.delete('absent', { force: true });
    expect(await left()).toEqual([]);
  });

  test('of what is no id is refused, with force, too', async () => {
    const { runtime, left } = libraryHost();
    for (const id of ['../other', '', '.', untyped<string>(undefined)])
      expect(await refusal(() => runtime.delete(id, { force: true }))).toMatchObject({ code: 'invalid-id' });
    expect(await refusal(() => runtime.delete('other', untyped({ force: 'no' })))).toMatchObject({ code: 'usage', path: 'force' });
    expect(await left()).toEqual([]);
  });

  test('reports a poststop hook that fails as a warning of the process', async () => {
    const { runtime, create } = libraryHost({
      config: { top: { hooks: { poststop: [{ path: '/hook' }] } } },
      programs: { '/hook': { code: 3 } },
    });
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    try {
      await create();
      await runtime.delete('web');
      expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('exit status 3'), {
        type: 'TsrunWarning',
        code: 'TSRUN_POSTSTOP_HOOK',
      });
    } finally {
      warn.mockRestore();
    }
  });
});

test('a list of a machine that fails is an error, not a shorter list', async () => {
  const { machine, runtime, create } = libraryHost();
  await create();
  const { openOwnDirectory } = machine.sys;
  Object.assign(machine.sys, {
    openOwnDirectory: () => {
      throw Object.assign(new Error('open: EMFILE'), { code: 'EMFILE', errno: 24, call: 'open', subject: record });
    },
  });
  expect(await refusal(() => runtime.list())).toMatchObject({ code: 'setup', errno: 'EMFILE' });
  Object.assign(machine.sys, { openOwnDirectory });
  expect(runtime.list()).toHaveLength(1);
});
