import { describe, expect, test, vi } from 'vitest';
import type { CreateRequest, RuntimeOptions } from '../../../src/library/requests.js';
import { Runtime } from '../../../src/library/runtime/runtime.js';
import type { RunRequest } from '../../../src/library/run.js';
import { libraryHost, refusal, untyped } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

describe('create', () => {
  test.each<readonly [wrong: Readonly<Record<string, unknown>>, code: string]>([
    [{ id: undefined }, 'invalid-id'],
    [{ id: 7 }, 'invalid-id'],
    [{ id: '../x' }, 'invalid-id'],
    [{ bundle: undefined }, 'usage'],
    [{ bundle: 7 }, 'usage'],
    [{ bundle: '/tmp\0/x' }, 'usage'],
    [{ configFile: {} }, 'usage'],
    [{ consoleSocket: 'a\0b' }, 'usage'],
    [{ noPivot: 'false' }, 'usage'],
    [{ noNewKeyring: 0 }, 'usage'],
    [{ signal: {} }, 'usage'],
    [{ signal: new AbortController() }, 'usage'],
    [{ stdio: ['pipe', 'pipe'] }, 'usage'],
    [{ stdio: 'all' }, 'usage'],
    [{ stdio: ['pipe', -1, 'pipe'] }, 'usage'],
    [{ stdio: ['pipe', 'pipe', 2 ** 31] }, 'usage'],
    [{ stdio: ['pipe', 1.5, 'pipe'] }, 'usage'],
    [{ stdio: ['pipe', { fd: -1 }, 'pipe'] }, 'usage'],
    [{ stdio: ['pipe', null, 'pipe'] }, 'usage'],
  ])('refuses %j before anything is made', async (wrong, code) => {
    const { runtime, machine, left } = libraryHost();
    const request = { id: 'web', bundle: '/bundle', stdio: 'ignore', ...wrong };
    expect(await refusal(() => runtime.create(untyped<CreateRequest>(request)))).toMatchObject({ code });
    if (!('id' in wrong)) expect(await refusal(() => runtime.run(untyped<RunRequest>(request)))).toMatchObject({ code });
    expect(machine.inits).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test('names a wrong member, what it must be and what it is', async () => {
    const { create } = libraryHost();
    expect(await refusal(() => create({ noPivot: untyped<boolean>('false') }))).toMatchObject({
      message: 'create: "noPivot" must be true or false, found "false"',
      operation: 'create',
      path: 'noPivot',
    });
  });

  test('hands all controllers down through each directory of a cgroupsPath, without any limit', async () => {
    const { create, machine } = libraryHost({ config: { linux: { cgroupsPath: '/kubepods/pod1/web' } } });
    await create();
    const handedDown = ['', '/kubepods', '/kubepods/pod1'].map((path) => machine.cgroups.controllersBelow(path).split(' ').sort());
    expect(handedDown).toEqual(Array(3).fill(['cpu', 'cpuset', 'io', 'memory', 'pids']));
  });

  test('takes null as absent, and leaves the object of the caller as it is', async () => {
    const { runtime } = libraryHost();
    const request = { id: 'web', bundle: '/bundle', stdio: 'ignore', overlay: null };
    await runtime.create(untyped<CreateRequest>(request));
    expect(request).toHaveProperty('overlay', null);
  });

  test('refuses an id that is in use, and leaves its container alone', async () => {
    const { create, start } = libraryHost();
    const first = await start();
    expect(await refusal(() => create({ stdio: 'pipe' }))).toMatchObject({
      code: 'id-in-use',
      message: 'container with given ID already exists',
    });
    expect(first.state().status).toBe('running');
  });

  test.each<readonly [what: string, request: Partial<CreateRequest>, code: string]>([
    ['a bundle that is not there', { bundle: '/absent' }, 'bundle'],
    ['a config file that is not there', { configFile: '/absent.json' }, 'bundle'],
    ['a config.json that is no JSON', { configFile: '/etc/passwd' }, 'bundle'],
    ['a console socket without a terminal', { consoleSocket: '/run/console' }, 'usage'],
  ])('of %s fails, and leaves nothing', async (_, request, code) => {
    const { create, left } = libraryHost();
    expect(await refusal(() => create({ stdio: 'pipe', ...request }))).toMatchObject({ code });
    expect(await left()).toEqual([]);
  });

  test('that fails in the container names the operation, and leaves nothing', async () => {
    const { create, left } = libraryHost({ script: ({ op }) => (op === 'pivotRoot' ? 'fail' : undefined) });
    expect(await refusal(() => create({ stdio: 'pipe' }))).toMatchObject({ code: 'setup', errno: 'EPERM' });
    expect(await left()).toEqual([]);
  });

  test('that loses its tsrun-init says so, and leaves nothing', async () => {
    const { create, left } = libraryHost({ script: ({ op }) => (op === 'pivotRoot' ? 'die' : undefined) });
    const error = await refusal(() => create({ stdio: 'pipe' }));
    expect(error.code).toBe('setup');
    expect(await left()).toEqual([]);
  });
});

describe('an AbortSignal of create', () => {
  test('that has aborted already: nothing is made', async () => {
    const { create, machine, left } = libraryHost();
    const reason = new Error('enough');
    expect(await refusal(() => create({ stdio: 'pipe', signal: AbortSignal.abort(reason) }))).toMatchObject({
      code: 'aborted',
      message: 'the operation was aborted',
      cause: reason,
    });
    expect(machine.inits).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test('that aborts meanwhile: what was made is gone', async () => {
    const abort = new AbortController();
    const { create, left } = libraryHost({
      script: ({ op }) => {
        if (op === 'pivotRoot') abort.abort();
        return undefined;
      },
    });
    expect(await refusal(() => create({ stdio: 'pipe', signal: abort.signal }))).toMatchObject({ code: 'aborted' });
    expect(await left()).toEqual([]);
  });

  test('that aborts later kills and removes the container, and wait fails with its reason', async () => {
    const abort = new AbortController();
    const { runtime, start, left } = libraryHost();
    const container = await start({ signal: abort.signal });
    const waiting = refusal(() => container.wait());
    abort.abort('enough');
    expect(await waiting).toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(runtime.list()).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test('that aborts when the container is deleted changes nothing', async () => {
    const abort = new AbortController();
    const { create, start } = libraryHost();
    const container = await start({ signal: abort.signal });
    await container.delete({ force: true });
    const next = await create();
    abort.abort();
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(next.state().status).toBe('created');
  });

  test('whose removal fails: wait fails with what failed', async () => {
    const abort = new AbortController();
    const { machine, start } = libraryHost();
    const container = await start({ signal: abort.signal });
    Object.assign(machine.sys, {
      removeTree: () => {
        throw Object.assign(new Error('unlinkat: EIO'), { code: 'EIO', errno: 5, call: 'unlinkat', subject: '/run/tsrun/web' });
      },
    });
    abort.abort();
    expect(await refusal(() => container.wait())).toMatchObject({ code: 'setup', errno: 'EIO', operation: 'remove state' });
  });
});

describe('a runtime', () => {
  test.each<readonly [options: unknown, name: string]>([
    [{ root: 7 }, 'root'],
    [{ root: 'a\0b' }, 'root'],
    [{ root: {} }, 'root'],
    [{ allowAnnotations: 'x' }, 'allowAnnotations'],
    [{ allowAnnotations: [7] }, 'allowAnnotations.0'],
    [{ systemdCgroup: 'yes' }, 'systemdCgroup'],
  ])('refuses %j', async (options, name) => {
    libraryHost();
    expect(await refusal(() => new Runtime(untyped<RuntimeOptions>(options)))).toMatchObject({ code: 'usage', path: name });
  });

  test('with systemdCgroup asks systemd, and keeps no warm slots', async () => {
    const { runtime, create, left } = libraryHost({}, { systemdCgroup: true });
    expect(await refusal(create)).toMatchObject({ operation: 'connect to the D-Bus of systemd', path: '/run/dbus/system_bus_socket' });
    expect(await refusal(() => runtime.prewarm({ count: 1 }))).toMatchObject({ code: 'unsupported', operation: 'prewarm' });
    expect(await left()).toEqual([]);
  });

  test('refuses an empty root', async () => {
    libraryHost();
    expect(await refusal(() => new Runtime({ root: '' }))).toMatchObject({ message: 'Runtime: "root" must not be empty', code: 'usage' });
  });

  test('has an absolute root; a relative one is below the working directory', () => {
    expect(libraryHost().runtime.root).toBe('/run/tsrun');
    expect(libraryHost({}, { root: 'state' }).runtime.root).toBe('/work/state');
  });

  test('makes its root with the first container, and lists nothing before', async () => {
    const { machine, runtime, create } = libraryHost({}, { root: '/work/state' });
    expect(runtime.list()).toEqual([]);
    expect(machine.tree.find('/work/state')).toBeNull();
    await create();
    expect(runtime.list()).toMatchObject([{ id: 'web', status: 'created' }]);
    expect(machine.tree.find('/work/state/web/state.json')).not.toBeNull();
  });
});
