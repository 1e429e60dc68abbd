import { readFileSync } from 'node:fs';
import {
  describe,
  expect,
  isAlive,
  makeBundle,
  newId,
  newPath,
  pause,
  run,
  runtime,
  startRuntime,
  stateOf,
  succeed,
  test,
  until,
  untilStatus,
  withoutNamespace,
} from '../harness/index.js';

/** A program that prints which signal it got, and exits with 3 after SIGTERM. */
const listens =
  'for s in HUP INT USR1 USR2; do trap "echo got $s" $s; done; trap "echo got TERM; exit 3" TERM; echo ready; while :; do sleep 0.02; done';

describe('the exit code of run', () => {
  test.each([0, 1, 7, 126, 127, 255])("is the program's exit code: %i", async (code) => {
    expect((await run(makeBundle({ script: `exit ${code}` }))).code).toBe(code);
  });

  test('is 128 + N if signal N killed the program', async () => {
    // Without its own pid namespace, because the first process of one ignores its own signals.
    const bundle = makeBundle({ script: 'kill -TERM $$', config: (config) => withoutNamespace(config, 'pid') });
    expect((await run(bundle)).code).toBe(128 + 15);
  });

  test('is 137 if the container was killed', async () => {
    const id = newId();
    const call = startRuntime(['run', '--bundle', makeBundle().directory, id]);
    await until('the container', async () => (await runtime(['state', id])).code === 0);
    await untilStatus(id, 'running');
    succeed(await runtime(['kill', id, 'KILL']));
    expect((await call.done).code).toBe(137);
  });
});

describe('run', () => {
  test('passes standard input, output and error on', async () => {
    const outcome = await run(makeBundle({ script: 'cat; echo wrong >&2' }), { input: 'in and out' });
    expect(outcome).toMatchObject({ code: 0, stdout: 'in and out', stderr: 'wrong\n' });
  });

  test('removes the container when its program has ended', async () => {
    const id = newId();
    succeed(await run(makeBundle({ args: ['true'] }), { id }));
    expect((await runtime(['state', id])).code).toBe(1);
  });

  test('--keep leaves the container stopped', async () => {
    const id = newId();
    succeed(await run(makeBundle({ args: ['true'] }), { id, flags: ['--keep'] }));
    expect((await stateOf(id)).status).toBe('stopped');
  });

  test.each(['--detach', '-d'])('%s leaves the container running', async (flag) => {
    const id = newId();
    succeed(await run(makeBundle(), { id, flags: [flag] }));
    expect((await stateOf(id)).status).toBe('running');
  });

  test('writes the pid file', async () => {
    const pidFile = newPath('.pid');
    succeed(await run(makeBundle({ args: ['true'] }), { flags: ['--pid-file', pidFile] }));
    expect(readFileSync(pidFile, 'utf8')).toMatch(/^\d+$/);
  });

  test.each(['SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2'] as const)('forwards %s', async (signal) => {
    const id = newId();
    const call = startRuntime(['run', '--bundle', makeBundle({ script: listens }).directory, id]);
    await until('ready', () => call.output().includes('ready'));
    call.child.kill(signal);
    await until('the signal', () => call.output().includes(`got ${signal.slice(3)}`));
    call.child.kill('SIGTERM');
    expect((await call.done).code).toBe(3);
  });

  test('ends despite background processes of its program', async () => {
    const outcome = await run(makeBundle({ script: 'sleep 1000 & exit 4' }));
    expect(outcome.code).toBe(4);
  });

  test('leaves a container that can be deleted if it is killed itself', async () => {
    const id = newId();
    const call = startRuntime(['run', '--bundle', makeBundle({ script: listens }).directory, id]);
    await until('ready', () => call.output().includes('ready'));
    const { pid } = await stateOf(id);
    call.child.kill('SIGKILL');
    await call.done.catch(() => undefined);
    await pause(50);
    succeed(await runtime(['delete', '--force', id]));
    expect(isAlive(pid)).toBe(false);
  });
});
