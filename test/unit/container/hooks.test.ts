import { describe, expect, test } from 'vitest';
import { deleteContainer } from '../../../src/container/delete/index.js';
import { stateOf } from '../../../src/container/state/index.js';
import type { RuntimeError } from '../../../src/errors/runtime_error.js';
import type { Hooks } from '../../../src/spec/types.js';
import { hostWith, replaceCalls, root, type HostOptions } from '../machine/host.js';
import type { Machine } from '../machine/machine.js';
import type { HostProgram } from '../machine/options.js';
import { difference, snapshot } from '../machine/failure/residue.js';
import { call } from '../machine/verbs.js';
import type { Sys } from '../../../src/sys/contract.js';
import { systemError } from '../fake_sys.js';

const hostWithHooks = (hooks: Hooks, program: HostProgram, rest: HostOptions = {}): Machine =>
  hostWith({ ...rest, config: { top: { hooks } }, programs: { '/bad': program, '/good': { code: 0, stdout: 'good' } } });

const bad = [{ path: '/bad' }];

/** What a verb fails with. */
async function failureOf(acting: Promise<unknown>): Promise<RuntimeError> {
  return acting.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as RuntimeError,
  );
}

/** Pipes and files in memory carry bytes, one for each character. */
function bytewise({ sys, descriptors }: Machine): Partial<Sys> {
  return {
    readSome: ({ fd, limit }) => Buffer.from(Buffer.from(sys.readSome({ fd, limit })).toString(), 'latin1'),
    writeBytes: ({ fd, data }) => {
      const held = descriptors.get(fd, 'write');
      if (held.kind === 'file') held.node.text += Buffer.from(data).toString('utf8');
    },
  };
}

const create = (): Promise<number> => call('create', '--bundle', '/bundle', 'web');

describe('a hook that fails before the container is created is reported, and leaves nothing:', () => {
  test.each<readonly [string, HostProgram, string]>([
    [
      'it exits with a code',
      { code: 3, stdout: 'out', stderr: ' went wrong\n' },
      'error running createRuntime hook #1: "/bad": exit status 3, stdout: out, stderr: went wrong',
    ],
    ['a signal kills it', { code: -1, signal: 9 }, 'error running createRuntime hook #1: "/bad": signal: killed, stdout: , stderr: '],
    [
      'it says much, of which the end is quoted',
      { code: 1, stderr: `${'x'.repeat(60_000)}the end` },
      `error running createRuntime hook #1: "/bad": exit status 1, stdout: , stderr: ${'x'.repeat(4096 - 7)}the end`,
    ],
  ])('%s', async (_, program, message) => {
    const machine = hostWithHooks({ createRuntime: [{ path: '/good' }, ...bad] }, program);
    const before = snapshot(machine);
    const error = await failureOf(create());
    expect(error).toMatchObject({ code: 'hook', phase: 'hooks', operation: 'createRuntime', path: '/bad', suppressed: [] });
    expect(error.message).toBe(message);
    expect(difference(before, snapshot(machine))).toEqual([]);
    expect(machine.descriptors.mistakes).toEqual([]);
  });

  test('its program is missing', async () => {
    const machine = hostWith({ config: { top: { hooks: { prestart: [{ path: '/missing' }] } } } });
    const before = snapshot(machine);
    const error = await failureOf(create());
    expect(error).toMatchObject({ code: 'hook', errno: 'ENOENT', path: '/missing' });
    expect(error.message).toMatch(/^error running prestart hook #0: "\/missing": /);
    expect(difference(before, snapshot(machine))).toEqual([]);
  });

  test.each<HostProgram>([{ until: 'killed' }, { until: 'killed, talks' }])('it hangs beyond its time: %o', async (program) => {
    const machine = hostWithHooks({ prestart: [{ path: '/bad', timeout: 2 }] }, program);
    // The time that reading takes: nothing else lets it pass here.
    let now = 0;
    const { clock } = machine.sys;
    replaceCalls(machine, { clock: () => ({ ...clock(), monotonic: clock().monotonic + (now += 1e7) }) });
    const before = snapshot(machine);
    const error = await failureOf(create());
    expect(error.message).toBe('error running prestart hook #0: "/bad": timed out after 2 s');
    expect(difference(before, snapshot(machine))).toEqual([]);
  });

  test('it talks without pause when a signal ends the command', async () => {
    const machine = hostWithHooks({ createRuntime: bad }, { until: 'killed, talks' }, { deferredSignal: 15 });
    const before = snapshot(machine);
    expect(await failureOf(create())).toMatchObject({ code: 'aborted', exitCode: 143, message: 'interrupted, signal: terminated' });
    expect(difference(before, snapshot(machine))).toEqual([]);
  });
});

describe('the output of a hook', () => {
  test.each<readonly [string, string, string]>([
    ['is UTF-8', 'nicht gefunden: Schlüssel', 'nicht gefunden: Schlüssel'],
    ['is cut in the middle of a character', `ü${'y'.repeat(4095)}`, 'y'.repeat(4095)],
  ])('%s', async (_, stderr, expected) => {
    // As the kernel gives it: bytes.
    const machine = hostWithHooks({ prestart: bad }, { code: 1, stderr: Buffer.from(stderr).toString('latin1') });
    replaceCalls(machine, bytewise(machine));
    const error = await failureOf(create());
    expect(error.message).toBe(`error running prestart hook #0: "/bad": exit status 1, stdout: , stderr: ${expected}`);
  });

  test('that is no text is not quoted', async () => {
    const machine = hostWithHooks({ prestart: bad }, { code: 1, stderr: '\xff\xfe' });
    const { readText } = machine.sys;
    replaceCalls(machine, {
      ...bytewise(machine),
      readText: (file) => {
        if (file.path.startsWith('/proc/self/fd/')) throw systemError('EILSEQ', 'read', file.path);
        return readText(file);
      },
    });
    expect((await failureOf(create())).message).toBe('error running prestart hook #0: "/bad": exit status 1, stdout: , stderr: (not text)');
  });
});

describe('a poststart hook that fails', () => {
  test('ends the container that was started', async () => {
    const machine = hostWithHooks({ poststart: bad }, { code: 1 });
    await create();
    machine.nextProgram();
    const error = await failureOf(call('start', 'web'));
    expect(error).toMatchObject({ operation: 'poststart', suppressed: [] });
    expect(stateOf({ root, id: 'web' }).status).toBe('stopped');
  });

  test('is all that is reported when the container has ended by itself', async () => {
    const machine = hostWithHooks({ poststart: bad }, { code: 1 }, { ending: { code: 0, signal: 0 } });
    await create();
    machine.nextProgram();
    expect(await failureOf(call('start', 'web'))).toMatchObject({ operation: 'poststart', suppressed: [] });
  });

  test('makes run remove the container', async () => {
    const machine = hostWithHooks({ poststart: bad }, { code: 1 });
    const before = snapshot(machine);
    expect(await failureOf(call('run', '--bundle', '/bundle', 'web'))).toMatchObject({ operation: 'poststart', suppressed: [] });
    expect(difference(before, snapshot(machine))).toEqual([]);
  });
});

test('poststop hooks that fail are warned of, the next ones run, and the container is removed', async () => {
  const machine = hostWithHooks({ poststop: [...bad, { path: '/missing' }, { path: '/good' }, ...bad] }, { code: 7, stderr: 'no' });
  const before = snapshot(machine);
  await create();
  machine.nextProgram();
  const warnings = (await deleteContainer({ root, id: 'web' })) as readonly RuntimeError[];
  expect(warnings.map(({ message }) => message)).toEqual([
    'error running poststop hook #0: "/bad": exit status 7, stdout: , stderr: no',
    expect.stringMatching(/^error running poststop hook #1: "\/missing": /),
    'error running poststop hook #3: "/bad": exit status 7, stdout: , stderr: no',
  ]);
  expect(difference(before, snapshot(machine))).toEqual([]);
});

test('a hook is told of the container by its standard input, and runs in the bundle with the environment of the configuration', async () => {
  const machine = hostWithHooks(
    { createRuntime: [{ path: '/good', args: ['good', 'x'], env: ['A=1'] }], poststop: [{ path: '/good' }] },
    {},
  );
  const runs: unknown[] = [];
  const { runProgram } = machine.sys;
  replaceCalls(machine, {
    runProgram: (program) => {
      const { stdin, stdout: _out, stderr: _err, ...rest } = program;
      const held = machine.descriptors.open.get(stdin);
      runs.push({ ...rest, state: JSON.parse(held?.kind === 'file' ? held.node.text : '') as unknown });
      return runProgram(program);
    },
  });
  await create();
  await call('delete', 'web');
  const state = { ociVersion: '1.2.1', id: 'web', bundle: '/bundle' };
  expect(runs).toEqual([
    {
      path: '/good',
      args: ['good', 'x'],
      environment: ['A=1'],
      directory: '/bundle',
      state: { ...state, status: 'creating', pid: expect.any(Number) as number },
    },
    { path: '/good', args: ['/good'], environment: ['PATH=/usr/bin'], directory: '/bundle', state: { ...state, status: 'stopped' } },
  ]);
});
