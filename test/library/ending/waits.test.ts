/** What an AbortSignal leaves of a call that it ends in the middle: in a hook, at the container's lock, between two containers. */
import { randomInt } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { readLog, Runtime, type Container, type Warning } from '../../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newId, newPath, pause, stateRoot, test, until } from '../../oci/harness/index.js';
import { failure } from '../harness/failure.js';
import { expectNoMoreFiles, openFiles } from '../harness/open_files.js';

/** A hook that sleeps for a long time. The tests find its process by the mark. */
function hanging(kind: string): { readonly directory: string; readonly runs: () => boolean } {
  const mark = `1000.${String(randomInt(1e9)).padStart(9, '0')}`;
  const { directory } = makeBundle({
    script: 'sleep 1000',
    config: (config) => (config.hooks = { [kind]: [{ path: '/bin/sleep', args: ['sleep', mark] }] }),
  });
  return { directory, runs: () => commandLines().some((line) => line.includes(mark)) };
}

function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return ''; // It has ended.
      }
    });
}

const reason = new Error('enough');
const aborted = { code: 'aborted', cause: reason };

const runtimeHere = (): Runtime => new Runtime({ root: stateRoot });

async function created(runtime: Runtime, bundle: string, signal?: AbortSignal): Promise<Container> {
  const container = await runtime.create({ id: newId(), bundle, stdio: 'ignore', ...(signal === undefined ? {} : { signal }) });
  afterTest(() => container.delete({ force: true }));
  return container;
}

/** Calls, waits until the hook runs, and aborts. */
async function abortedIn(hook: { readonly runs: () => boolean }, call: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
  const controller = new AbortController();
  // Its failure, or what it succeeds with.
  const ended = call(controller.signal).catch((error: unknown) => error);
  await until('the hook runs', hook.runs);
  controller.abort(reason);
  return ended;
}

describe('an abort while a hook runs ends the hook and', () => {
  test.each(['prestart', 'createRuntime', 'createContainer'])('leaves nothing of Runtime.create, in a %s hook', async (kind) => {
    const runtime = runtimeHere();
    const hook = hanging(kind);
    await created(runtime, makeBundle().directory);
    const [files, ids] = [await openFiles(), runtime.list().map(({ id }) => id)];
    expect(await abortedIn(hook, (signal) => runtime.create({ id: newId(), bundle: hook.directory, stdio: 'pipe', signal }))).toMatchObject(
      aborted,
    );
    await until('the hook ends', () => !hook.runs());
    expect(runtime.list().map(({ id }) => id)).toEqual(ids);
    await expectNoMoreFiles(files);
  });

  test.each(['startContainer', 'poststart'])('stops the container of Container.start, in a %s hook', async (kind) => {
    const runtime = runtimeHere();
    const hook = hanging(kind);
    const container = await created(runtime, hook.directory);
    expect(await abortedIn(hook, (signal) => container.start({ signal }))).toMatchObject(aborted);
    await until('the hook and the container end', () => !hook.runs() && container.state().status === 'stopped');
    await container.delete();
  });

  test.each(['startContainer', 'poststart'])('removes the container that was created with the signal, in a %s hook', async (kind) => {
    const runtime = runtimeHere();
    const hook = hanging(kind);
    const id = newId();
    const call = async (signal: AbortSignal): Promise<void> => {
      const container = await runtime.create({ id, bundle: hook.directory, stdio: 'ignore', signal });
      await container.start();
    };
    expect(await abortedIn(hook, call)).toMatchObject(aborted);
    await until('nothing is left', () => !hook.runs() && !runtime.list().some((one) => one.id === id));
  });

  test('leaves nothing of Runtime.run', async () => {
    const runtime = runtimeHere();
    const hook = hanging('poststart');
    const id = newId();
    expect(await abortedIn(hook, (signal) => runtime.run({ id, bundle: hook.directory, signal }))).toMatchObject(aborted);
    expect([hook.runs(), runtime.list().some((one) => one.id === id)]).toEqual([false, false]);
  });

  test('Container.delete removes the container all the same, and warns of the hook', async () => {
    const warnings: Warning[] = [];
    const runtime = new Runtime({ root: stateRoot, onWarning: (warning) => warnings.push(warning) });
    const hook = hanging('poststop');
    const { id } = await created(runtime, hook.directory);
    expect(await abortedIn(hook, (signal) => runtime.delete(id, { force: true, signal }))).toBeUndefined();
    expect([hook.runs(), runtime.list().some((one) => one.id === id)]).toEqual([false, false]);
    expect(warnings).toMatchObject([{ code: 'TSRUN_POSTSTOP_HOOK' }]);
  });

  test('Runtime.prune leaves the other containers', async () => {
    const runtime = new Runtime({ root: `${stateRoot}-prune`, onWarning: () => undefined });
    const hook = hanging('poststop');
    const containers = [await created(runtime, hook.directory), await created(runtime, hook.directory)];
    for (const container of containers) await container.kill('KILL');
    for (const container of containers) await container.wait();
    expect(await abortedIn(hook, (signal) => runtime.prune({ stopped: true, signal }))).toMatchObject(aborted);
    const left = runtime.list();
    expect(left).toMatchObject([{ status: 'stopped' }]);
    await abortedIn(hook, (signal) => runtime.delete(left[0]?.id ?? '', { signal }));
    expect(runtime.list()).toEqual([]);
  });
});

describe('while another call is at work on the container, an abort', () => {
  const calls: readonly (readonly [string, (container: Container, signal: AbortSignal) => Promise<unknown>])[] = [
    ['Container.pause', (container, signal) => container.pause({ signal })],
    ['Container.resume', (container, signal) => container.resume({ signal })],
    ['Container.update', (container, signal) => container.update({ pids: { limit: 10 } }, { signal })],
    ['Container.start', (container, signal) => container.start({ signal })],
    ['Container.delete', (container, signal) => container.delete({ force: true, signal })],
    ['Container.checkpoint', (container, signal) => container.checkpoint({ imagePath: newPath(), signal })],
  ];

  test.each(calls)('ends the wait of %s, which changes nothing', async (_, call) => {
    const hook = hanging('poststart');
    const runtime = runtimeHere();
    const container = await created(runtime, hook.directory);
    const other = new AbortController();
    const started = failure(container.start({ signal: other.signal }));
    await until('the hook runs', hook.runs);
    const files = await openFiles();
    const controller = new AbortController();
    const ended = failure(call(runtime.get(container.id), controller.signal));
    await pause(100);
    controller.abort(reason);
    expect(await ended).toMatchObject(aborted);
    expect([container.state().status, hook.runs()]).toEqual(['running', true]);
    await expectNoMoreFiles(files);
    other.abort();
    expect(await started).toMatchObject({ code: 'aborted' });
  });
});

describe('an abort', () => {
  test('leaves no pool of Runtime.prewarm', async () => {
    const runtime = runtimeHere();
    const bundle = makeBundle({ script: 'true' }).directory;
    await (await runtime.prewarm({ count: 1, bundle })).close();
    const files = await openFiles();
    for (const delay of [0, 5, 20]) {
      const controller = new AbortController();
      const ended = failure(runtime.prewarm({ count: 200, bundle, signal: controller.signal }));
      setTimeout(() => controller.abort(reason), delay);
      expect(await ended).toMatchObject(aborted);
    }
    expect(runtime.pool).toBeNull();
    await expectNoMoreFiles(files);
  });

  test('ends only the wait of WarmPool.fill', async () => {
    const runtime = runtimeHere();
    const bundle = makeBundle({ script: 'true' }).directory;
    const pool = await runtime.prewarm({ count: 4, bundle });
    afterTest(() => pool.close());
    // The pool fills itself, too, and may have been the first.
    let ended: unknown;
    for (let tries = 0; tries < 20 && ended === undefined; tries++) {
      await Promise.all([1, 2, 3, 4].map(() => runtime.run({ bundle })));
      const controller = new AbortController();
      const filling: Promise<unknown> = pool.fill({ signal: controller.signal }).catch((error: unknown) => error);
      controller.abort(reason);
      ended = await filling;
    }
    expect(ended).toMatchObject(aborted);
    await pool.fill();
    expect([pool.ready >= 4, pool.failure]).toEqual([true, undefined]);
  });

  test('does not reach a slot that is made during the call', async () => {
    const runtime = runtimeHere();
    const bundle = makeBundle({ script: 'true' }).directory;
    const pool = await runtime.prewarm({ count: 2, bundle });
    afterTest(() => pool.close());
    const hook = hanging('createRuntime');
    await abortedIn(hook, async (signal) => {
      const call = runtime.create({ id: newId(), bundle: hook.directory, stdio: 'ignore', signal });
      call.catch(() => undefined);
      await runtime.run({ bundle });
      await pool.fill();
      return call;
    });
    await pool.fill();
    expect([pool.ready >= 2, pool.failure]).toEqual([true, undefined]);
  });

  test('does not reach what onWarning calls', async () => {
    const bundle = makeBundle({ script: 'true', config: (config) => (config.process.capabilities = { bounding: ['CAP_NOT_YET'] }) });
    const controller = new AbortController();
    let inner: Promise<unknown> = Promise.resolve();
    const runtime = new Runtime({
      root: stateRoot,
      onWarning: () => {
        inner = runtimeHere().run({ bundle: makeBundle({ script: 'sleep 0.3; echo done' }).directory });
        setTimeout(() => controller.abort(reason), 100);
      },
    });
    await runtime.run({ bundle: bundle.directory, signal: controller.signal }).catch(() => undefined);
    expect(await inner).toMatchObject({ code: 0, stdout: 'done\n' });
  });

  test('destroys the archive of Container.copyOut', async () => {
    const container = await created(runtimeHere(), makeBundle({ script: 'sleep 1000' }).directory);
    await container.start();
    const files = await openFiles();
    const controller = new AbortController();
    const archive = await container.copyOut('/', { signal: controller.signal });
    const ended = failure(
      (async () => {
        for await (const _ of archive) controller.abort(reason);
      })(),
    );
    expect(await ended).toMatchObject(aborted);
    // Nobody reads this one.
    const second = new AbortController();
    await container.copyOut('/', { signal: second.signal });
    second.abort();
    await expectNoMoreFiles(files);
  });

  test('of Terminal.attach leaves the terminal, which can be attached again', async () => {
    const container = await created(runtimeHere(), makeBundle({ script: 'sleep 1000' }).directory);
    await container.start();
    const process = await container.exec(['cat'], { terminal: { columns: 80, rows: 24 } });
    const [stdin, stdout, controller] = [new PassThrough(), new PassThrough(), new AbortController()];
    const ended = failure(process.terminal?.attach(stdin, stdout, { signal: controller.signal }) ?? Promise.resolve());
    controller.abort(reason);
    expect(await ended).toMatchObject(aborted);
    const again = process.terminal?.attach(stdin, stdout);
    stdin.end('typed\n');
    await again;
    expect(String(stdout.read())).toContain('typed');
    expect(await process.wait()).toMatchObject({ code: 0 });
  });

  test('ends readLog between two entries', async () => {
    const path = `${newPath()}.log`;
    await runtimeHere().run({ bundle: makeBundle({ script: 'echo one; echo two' }).directory, logs: { path } });
    const controller = new AbortController();
    const read: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { data } of readLog(path, { signal: controller.signal })) {
        read.push(String(data));
        controller.abort(reason);
      }
    };
    const error = await reading().catch((failed: unknown) => failed);
    // A pipe may have brought both lines at once.
    if (read.length === 1 && read[0] !== 'one\ntwo\n') expect(error).toMatchObject(aborted);
  });
});
