/** Everything that takes an AbortSignal, with one that aborted before; and, if it can wait for long, one that aborts meanwhile. */
import { getEventListeners } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { readLog, Runtime, type Container, type RuntimeError } from '../../../src/library/index.js';
import { afterTest, describe, expect, isAlive, makeBundle, newId, stateRoot, test, until } from '../../oci/harness/index.js';
import { asyncFunctions } from '../harness/api.js';
import { failure } from '../harness/failure.js';
import { expectNoMoreFiles, openFiles } from '../harness/open_files.js';

interface Ground {
  readonly runtime: Runtime;
  /** A container that runs until it is killed. */
  readonly container: Container;
  /** The directory of a bundle whose container runs until it is killed. */
  readonly bundle: string;
  readonly signal: AbortSignal;
}

/** Makes the call, and what waits for its end. */
type Call = (ground: Ground) => Promise<unknown>;

/** Takes what an iterator brings. */
async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

const calls: readonly (readonly [string, Call])[] = [
  [
    'Runtime.create, and a wait for the container',
    async ({ runtime, bundle, signal }) => {
      const container = await runtime.create({ id: newId(), bundle, stdio: 'pipe', signal });
      await container.start();
      return container.wait();
    },
  ],
  ['Runtime.run', ({ runtime, bundle, signal }) => runtime.run({ bundle, signal })],
  ['Runtime.run with an input', ({ runtime, bundle, signal }) => runtime.run({ bundle, input: 'x'.repeat(1 << 20), signal })],
  [
    'Container.exec, and a wait for the process',
    async ({ container, signal }) => (await container.exec(['sleep', '1000'], { stdio: 'pipe', signal })).wait(),
  ],
  [
    'Container.exec with a terminal, and a wait for the process',
    async ({ container, signal }) => {
      const process = await container.exec(['sleep', '1000'], { terminal: { columns: 80, rows: 24 }, signal });
      process.terminal?.resume();
      return process.wait();
    },
  ],
  ['Container.run', ({ container, signal }) => container.run(['sleep', '1000'], { signal })],
  ['Container.wait', ({ container, signal }) => container.wait({ signal })],
  [
    'ExecProcess.wait',
    async ({ container, signal }) => {
      const process = await container.exec(['sleep', '1000'], { stdio: 'ignore' });
      try {
        return await process.wait({ signal });
      } finally {
        process.kill('KILL');
        await process.wait();
      }
    },
  ],
  ['Container.events', async ({ container, signal }) => all(container.events({ interval: 1000, signal }))],
  ['Container.copyIn', ({ container, signal }) => container.copyIn(new Readable({ read: () => undefined }), '/tmp', { signal })],
  [
    'Terminal.attach',
    async ({ container, signal }) => {
      const process = await container.exec(['sleep', '1000'], { terminal: { columns: 80, rows: 24 } });
      try {
        await process.terminal?.attach(new PassThrough(), new PassThrough(), { signal });
      } finally {
        process.kill('KILL');
        await process.wait();
        process.terminal?.resume();
      }
    },
  ],
];

/** Those that wait for nothing, or only while something else is at work on the container: waits.test.ts has them. */
const others: readonly (readonly [string, Call])[] = [
  ['Container.checkpoint', ({ container, signal }) => container.checkpoint({ imagePath: '/nowhere', signal })],
  ['Container.copyOut', ({ container, signal }) => container.copyOut('/bin', { signal })],
  ['Container.delete', ({ container, signal }) => container.delete({ force: true, signal })],
  ['Container.kill', ({ container, signal }) => container.kill('KILL', { signal })],
  ['Container.pause', ({ container, signal }) => container.pause({ signal })],
  ['Container.processes', ({ container, signal }) => container.processes({ signal })],
  ['Container.reachedLimits', ({ container, signal }) => container.reachedLimits({ signal })],
  ['Container.resume', ({ container, signal }) => container.resume({ signal })],
  ['Container.start', ({ container, signal }) => container.start({ signal })],
  ['Container.stats', ({ container, signal }) => container.stats({ signal })],
  ['Container.update', ({ container, signal }) => container.update({}, { signal })],
  ['Runtime.delete', ({ runtime, container, signal }) => runtime.delete(container.id, { force: true, signal })],
  ['Runtime.prewarm', ({ runtime, bundle, signal }) => runtime.prewarm({ count: 3, bundle, signal })],
  ['Runtime.prune', ({ runtime, signal }) => runtime.prune({ stopped: true, signal })],
  ['Runtime.restore', ({ runtime, bundle, signal }) => runtime.restore({ id: newId(), bundle, imagePath: '/nowhere', signal })],
  [
    'WarmPool.fill',
    async ({ runtime, bundle, signal }) => {
      const pool = await runtime.prewarm({ count: 1, bundle });
      try {
        await pool.fill({ signal });
      } finally {
        await pool.close();
      }
    },
  ],
  ['readLog', ({ signal }) => all(readLog('/nowhere', { signal }))],
];

async function ground(signal: AbortSignal): Promise<Ground> {
  const runtime = new Runtime({ root: stateRoot });
  const bundle = makeBundle({ script: 'sleep 1000' }).directory;
  const container = await runtime.create({ id: newId(), bundle, stdio: 'ignore' });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  // What the first exec opens for good is not a leak.
  await container.run(['true']);
  return { runtime, container, bundle, signal };
}

/** Processes in the container, without those that have ended. */
const processesOf = async (container: Container): Promise<number> => (await container.processes()).length;

async function aborted(call: Call, controller: AbortController, abort: () => void): Promise<RuntimeError> {
  const on = await ground(controller.signal);
  const ids = on.runtime.list().map(({ id }) => id);
  const files = await openFiles();
  const ended = failure(call(on));
  abort();
  const error = await ended;
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  expect(on.runtime.list().map(({ id }) => id)).toEqual(ids);
  await expectNoMoreFiles(files);
  // The container of the ground is nobody's to end.
  expect([isAlive(on.container.pid), on.container.state().status]).toEqual([true, 'running']);
  await until('only the first process is left in it', async () => (await processesOf(on.container)) === 1);
  return error;
}

describe('fails with "aborted", tells the reason, and leaves nothing:', () => {
  const reason = new Error('enough');
  const expected = { code: 'aborted', cause: reason };

  test.each([...calls, ...others])('%s, if the signal had aborted', async (_, call) => {
    const controller = new AbortController();
    controller.abort(reason);
    expect(await aborted(call, controller, () => undefined)).toMatchObject(expected);
  });

  test.each(calls)('%s, if the signal aborts at once', async (_, call) => {
    const controller = new AbortController();
    expect(await aborted(call, controller, () => controller.abort(reason))).toMatchObject(expected);
  });

  test.each(calls)('%s, if the signal aborts later', async (_, call) => {
    const controller = new AbortController();
    expect(await aborted(call, controller, () => void setTimeout(() => controller.abort(reason), 300))).toMatchObject(expected);
  });
});

test('a signal that never aborts is released by each call that ends', async () => {
  const { signal } = new AbortController();
  const { runtime, container } = await ground(signal);
  const bundle = makeBundle({ script: 'true' }).directory;
  await runtime.run({ bundle, signal });
  await container.run(['true'], { signal });
  const process = await container.exec(['true'], { stdio: 'ignore', signal });
  await process.wait({ signal });
  for await (const _ of container.events({ interval: 20, signal })) break;
  await container.kill('KILL');
  await container.wait({ signal });
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

/** What ends something must not stop in the middle of it. */
const withoutSignal = /\.(close|asyncDispose)$/;

test('everything of the package that returns a promise or an iterator takes an AbortSignal, and is called by these tests', () => {
  const functions = asyncFunctions();
  expect(functions.filter(({ takesSignal }) => !takesSignal).map(({ name }) => name)).toEqual(
    functions.map(({ name }) => name).filter((name) => withoutSignal.test(name)),
  );
  const called = new Set([...calls, ...others].map(([name]) => name.split(/[ ,]/)[0]));
  expect(functions.filter(({ takesSignal, name }) => takesSignal && !called.has(name))).toEqual([]);
}, 60_000);
