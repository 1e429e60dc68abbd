import { readdirSync } from 'node:fs';
import {
  defineBundle,
  readLog,
  Runtime,
  RuntimeError,
  type CreateRequest,
  type ExecRequest,
  type RunRequest,
} from '../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newId, stateRoot, test } from '../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });
const bundle = (): string => makeBundle({ script: 'sleep 1000' }).directory;
const containers = (): readonly string[] => readdirSync(stateRoot).filter((name) => !name.startsWith('@'));

/** A value of the wrong type, as a program without type checks may pass it. */
const untyped = <T>(value: unknown): T => value as T;

async function refusal(act: () => unknown): Promise<RuntimeError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof RuntimeError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the library checks arguments before it creates anything', () => {
  test.each<[string, Record<string, unknown>]>([
    ['no id', { id: undefined }],
    ['an id that is a number', { id: 7 }],
    ['an id that is null', { id: null }],
    ['an id with a slash', { id: '../x' }],
    ['no bundle', { bundle: undefined }],
    ['a bundle that is a number', { bundle: 7 }],
    ['a bundle with NUL', { bundle: '/tmp\0/x' }],
    ['a configFile that is an object', { configFile: {} }],
    ['a consoleSocket with NUL', { consoleSocket: 'a\0b' }],
    ['noPivot that is text', { noPivot: 'false' }],
    ['a signal that is none', { signal: {} }],
    ['a controller instead of its signal', { signal: new AbortController() }],
    ['stdio of two streams', { stdio: ['pipe', 'pipe'] }],
    ['stdio of an unknown word', { stdio: 'all' }],
    ['a descriptor that is negative', { stdio: ['ignore', -1, 'ignore'] }],
    ['a descriptor beyond 32 bits', { stdio: ['ignore', 2 ** 32 + 1, 'ignore'] }],
    ['a descriptor that is no integer', { stdio: ['ignore', 1.5, 'ignore'] }],
    ['a closed file', { stdio: ['ignore', { fd: -1 }, 'ignore'] }],
  ])('create and run refuse %s', async (_, wrong) => {
    const before = containers();
    const request = { id: newId(), bundle: bundle(), stdio: 'ignore', ...wrong };
    expect((await refusal(() => runtime.create(untyped<CreateRequest>(request)))).code).toMatch(/^(usage|invalid-id)$/);
    // run without an id picks a random one.
    if (wrong['id'] !== undefined || !('id' in wrong))
      expect((await refusal(() => runtime.run(untyped<RunRequest>(request)))).code).toMatch(/^(usage|invalid-id)$/);
    expect(containers()).toEqual(before);
  });

  test.each<[string, (value: never) => unknown]>([
    ['create', (value) => runtime.create(value)],
    ['run', (value) => runtime.run(value)],
    ['prewarm', (value) => runtime.prewarm(value)],
    ['restore', (value) => runtime.restore(value)],
    ['prune', (value) => runtime.prune(value)],
    ['delete', (value) => runtime.delete('absent', value)],
    ['check', (value) => runtime.check(value)],
    ['plan', (value) => runtime.plan(value)],
    ['spec', (value) => runtime.spec(value)],
    ['the constructor', (value) => new Runtime(value)],
    ['defineBundle', (value) => defineBundle(value)],
    ['readLog', (value) => readLog('absent', value).next()],
  ])('%s refuses what is no object of options, or cannot be read', async (_, call) => {
    const thrower = {
      get signal(): never {
        throw new Error('unreadable');
      },
    };
    for (const value of [
      true,
      7,
      'x',
      ['x'],
      () => 1,
      thrower,
      { bundle: () => 1, root: () => 1, force: () => 1, rootless: () => 1, stopped: () => 1 },
    ]) {
      const { code } = await refusal(() => call(untyped<never>(value)));
      expect(code).toMatch(/^(usage|invalid-id|setup)$/);
    }
    // null and nothing count as no options; what is required is missed then.
    for (const value of [null, undefined]) {
      try {
        await call(untyped<never>(value));
      } catch (error) {
        expect(error).toBeInstanceOf(RuntimeError);
      }
    }
  });

  test('the methods of a container refuse what is no object of options', async () => {
    const container = await runtime.create({ id: newId(), bundle: bundle(), stdio: 'ignore' });
    afterTest(() => container.delete({ force: true }));
    await container.start();
    const calls: readonly ((value: never) => unknown)[] = [
      (value) => container.exec(['true'], value),
      (value) => container.run(['true'], value),
      (value) => container.kill('SIGCONT', value),
      (value) => container.wait(value),
      (value) => container.delete(value),
      (value) => container.start(value),
      (value) => container.pause(value),
      (value) => container.update({}, value),
      (value) => container.checkpoint(value),
      (value) => container.stats(value),
      (value) => container.events(value),
      (value) => container.copyIn(new Uint8Array(1024), '/tmp', value),
      (value) => container.copyOut('/tmp', value),
    ];
    for (const call of calls)
      for (const value of [true, 7, 'x', ['x'], () => 1]) {
        expect(await refusal(() => call(untyped<never>(value)))).toMatchObject({ code: 'usage' });
      }
    for (const signal of [{}, 10n, Symbol('s'), null]) {
      expect(await refusal(() => container.kill(untyped<string>(signal)))).toMatchObject({ code: 'usage' });
    }
    expect(container.state().status).toBe('running');
  });

  test('a request and arguments that change after the call change nothing', async () => {
    const container = await runtime.create({ id: newId(), bundle: bundle(), stdio: 'ignore' });
    afterTest(() => container.delete({ force: true }));
    await container.start();
    const args = ['echo', 'first'];
    const running = container.run(args);
    args[1] = 'second';
    expect((await running).stdout).toBe('first\n');
    const executing = container.exec(args, { stdio: 'ignore' });
    args[0] = 'absent';
    expect(await (await executing).wait()).toEqual({ code: 0, signal: null });
  });

  test('run refuses an input that cannot be written', async () => {
    const before = containers();
    expect((await refusal(() => runtime.run(untyped<RunRequest>({ bundle: bundle(), input: 7 })))).code).toBe('usage');
    expect(containers()).toEqual(before);
  });

  test("does not modify the caller's object, and treats null as absent", async () => {
    const request = { id: newId(), bundle: bundle(), stdio: 'ignore', overlay: null };
    const container = await runtime.create(untyped<CreateRequest>(request));
    afterTest(() => container.delete({ force: true }));
    expect(request).toHaveProperty('overlay', null);
  });

  test('get refuses an invalid id', async () => {
    expect((await refusal(() => runtime.get(untyped<string>(undefined)))).code).toBe('invalid-id');
  });

  test.each([7, '', 'a\0b', {}])('the root may not be %j', async (root) => {
    expect((await refusal(() => new Runtime({ root: untyped<string>(root) }))).code).toBe('usage');
  });

  test('exec refuses what config.json refuses: users, NUL, variables without a name, relative directories', async () => {
    const container = await runtime.create({ id: newId(), bundle: bundle(), stdio: 'ignore' });
    afterTest(() => container.delete({ force: true }));
    await container.start();
    const wrong: readonly (readonly [args: unknown, request: unknown])[] = [
      ...[-1, 4294967295, 4294967296, 1.5, 5e-324, NaN, Infinity, '0', null, undefined].map((uid) => [['id'], { user: { uid } }] as const),
      [['id'], { user: 'nobody' }],
      [['id'], { user: 0 }],
      [['id'], { user: { uid: 0, gid: -1 } }],
      [['id'], { additionalGids: [4294967295] }],
      [['echo', 'a\0b'], {}],
      [['a\0b'], {}],
      [[], {}],
      [[''], {}],
      [[7], {}],
      ['id', {}],
      [undefined, {}],
      [['id'], { env: ['A=1\0B=2'] }],
      [['id'], { env: ['NOEQ'] }],
      [['id'], { env: ['=x'] }],
      [['id'], { env: { A: '1' } }],
      [['id'], { cwd: 'tmp' }],
      [['id'], { cwd: '' }],
      [['id'], { cwd: '/tmp\0/x' }],
      [['id'], { capabilities: 'CAP_KILL' }],
      [['id'], { noNewPrivileges: 'yes' }],
      [['id'], { cgroup: 7 }],
      [['id'], { apparmorProfile: 'a\0b' }],
      [['id'], { signal: {} }],
    ];
    for (const [args, request] of wrong) {
      const { code } = await refusal(() => container.exec(untyped<string[]>(args), { stdio: 'ignore', ...untyped<ExecRequest>(request) }));
      expect([code, JSON.stringify([args, request])]).toEqual([
        expect.stringMatching(/^(usage|invalid-config)$/),
        JSON.stringify([args, request]),
      ]);
    }
  });
});

describe('a member that a request does not have is refused, with the one that is probably meant', () => {
  test.each<[string, (value: never) => unknown, Record<string, unknown>, string, string]>([
    [
      'create',
      (value) => runtime.create(value),
      { consolesocket: 'x' },
      'consolesocket',
      'write "consoleSocket": names are case-sensitive',
    ],
    ['create', (value) => runtime.create(value), { consolSocket: 'x' }, 'consolSocket', 'did you mean "consoleSocket"?'],
    ['create', (value) => runtime.create(value), { timeout: 5 }, 'timeout', 'only run() takes "timeout"'],
    ['run', (value) => runtime.run(value), { timout: 5 }, 'timout', 'did you mean "timeout"?'],
    ['run', (value) => runtime.run(value), { logs: { path: '/x', maxSizes: 70_000 } }, 'maxSizes', 'did you mean "maxSize"?'],
    [
      'create',
      (value) => runtime.create(value),
      { terminal: { columns: 80, rows: 24, colour: 1 } },
      'colour',
      'what there is: columns, rows',
    ],
    ['check', (value) => runtime.check(value), { layer: ['/x'] }, 'layer', 'did you mean "layers"?'],
    ['plan', (value) => runtime.plan(value), { noPivots: true }, 'noPivots', 'did you mean "noPivot"?'],
    ['spec', (value) => runtime.spec(value), { rootles: true }, 'rootles', 'did you mean "rootless"?'],
    ['prewarm', (value) => runtime.prewarm(value), { count: 1, overlays: 'memory' }, 'overlays', 'did you mean "overlay"?'],
    ['prune', (value) => runtime.prune(value), { stoped: true }, 'stoped', 'did you mean "stopped"?'],
    ['delete', (value) => runtime.delete('absent', value), { forced: true }, 'forced', 'did you mean "force"?'],
    ['the constructor', (value) => new Runtime(value), { rot: '/x' }, 'rot', 'did you mean "root"?'],
    ['defineBundle', (value) => defineBundle(value), { args: ['true'], mount: [] }, 'mount', 'did you mean "mounts"?'],
    [
      'defineBundle',
      (value) => defineBundle(value),
      { args: ['true'], limits: { memorry: 1 } },
      'limits.memorry',
      'did you mean "memory"?',
    ],
  ])('%s %#', async (_, call, members, path, hint) => {
    const request = 'args' in members || 'rot' in members ? members : { id: newId(), bundle: bundle(), ...members };
    const { id: __, bundle: directory, ...others } = request;
    const takesBundle = /create|run$|check|plan|prewarm/.test(_);
    const given = _ === 'create' ? request : takesBundle ? { bundle: directory, ...others } : others;
    const before = containers();
    const error = await refusal(() => call(untyped<never>(given)));
    expect(error).toMatchObject({ code: 'usage', path });
    expect(error.hint).toContain(hint);
    expect(containers()).toEqual(before);
  });

  test('by the methods of a container, too', async () => {
    const container = await runtime.create({ id: newId(), bundle: bundle(), stdio: 'ignore' });
    afterTest(() => container.delete({ force: true }));
    await container.start();
    const calls: readonly (readonly [string, string, () => unknown])[] = [
      ['enviroment', 'did you mean "env"?', () => container.exec(['true'], untyped({ enviroment: ['A=b'] }))],
      ['user.id', 'did you mean "uid"?', () => container.exec(['true'], untyped({ user: { uid: 0, id: 1 } }))],
      ['ignorePause', 'did you mean "ignorePaused"?', () => container.run(['true'], untyped({ ignorePause: true }))],
      ['memorry', 'did you mean "memory"?', () => container.update(untyped({ memorry: { limit: 1 } }))],
      ['memory.limits', 'did you mean "limit"?', () => container.update(untyped({ memory: { limits: 1 } }))],
      ['devices.0.major2', 'did you mean "major"?', () => container.update(untyped({ devices: [{ allow: true, major2: 1 }] }))],
      ['forc', 'did you mean "force"?', () => container.delete(untyped({ forc: true }))],
      ['timeout', 'leave it out', () => container.wait(untyped({ timeout: 1 }))],
      ['al', 'did you mean "all"?', () => container.kill('SIGCONT', untyped({ al: true }))],
      ['intervall', 'did you mean "interval"?', () => container.events(untyped({ intervall: 5 }))],
      ['users', 'did you mean "user"?', () => container.copyIn(new Uint8Array(1024), '/tmp', untyped({ users: 1 }))],
    ];
    for (const [path, hint, call] of calls) expect(await refusal(call)).toMatchObject({ code: 'usage', path, hint });
  });

  test('but not in a configuration, whose unknown members the specification ignores', async () => {
    const config = { ...runtime.spec(), unheardOf: { of: 1 } };
    const directory = makeBundle({ script: 'exit 0' }).directory;
    const problems = runtime.check({ bundle: directory, config: untyped(config) });
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
