import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Runtime, RuntimeError, type CreateRequest, type Resources } from '../../src/library/index.js';
import {
  afterTest,
  describe,
  expect,
  isAlive,
  makeBundle,
  newId,
  newPath,
  runtime as command,
  stateRoot,
  succeed,
  test,
  until,
} from '../oci/harness/index.js';
import { expectNoMoreFiles, openFiles } from './harness/open_files.js';

const runtime = new Runtime({ root: stateRoot });

const bundle = (script: string): string => makeBundle({ script }).directory;

/** Creates a container from a bundle with this script, and deletes it after the test. */
async function create(script: string, request: Partial<CreateRequest> = {}) {
  const container = await runtime.create({
    id: newId(),
    bundle: makeBundle({ script }).directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...request,
  });
  afterTest(() => container.delete({ force: true }));
  return container;
}

describe('a container', () => {
  test('runs only when it is started', async () => {
    const container = await create('echo hello from $(hostname)');
    expect(container.state()).toMatchObject({ id: container.id, status: 'created', pid: container.pid });
    await container.start();
    expect(container.stdout === null ? null : await text(container.stdout)).toBe('hello from box\n');
  });

  test('returns its exit code as often as it is asked for', async () => {
    const container = await create('exit 7');
    await container.start();
    expect(await container.wait()).toEqual({ code: 7, signal: null });
    expect(await container.wait()).toEqual({ code: 7, signal: null });
    expect(container.state().status).toBe('stopped');
  });

  test.each(['SIGKILL', 'KILL', 9])('returns the signal that killed it: %s', async (signal) => {
    const container = await create('sleep 1000');
    await container.start();
    await container.kill(signal);
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('reads its input from a pipe', async () => {
    const container = await create('cat', { stdio: 'pipe' });
    await container.start();
    container.stdin?.end('in and out');
    expect(container.stdout === null ? null : await text(container.stdout)).toBe('in and out');
  });

  test('transfers more data than a pipe holds', async () => {
    const container = await create('head -c 1000000 /dev/zero');
    await container.start();
    let size = 0;
    for await (const chunk of container.stdout ?? []) size += (chunk as Buffer).length;
    expect(size).toBe(1_000_000);
  });

  test('writes its output to an open file', async () => {
    const path = newPath();
    await using file = await open(path, 'w');
    const container = await create('echo to the file', { stdio: ['ignore', file, 'ignore'] });
    await container.start();
    await container.wait();
    expect(await readFile(path, 'utf8')).toBe('to the file\n');
  });

  test('can be paused and resumed', async () => {
    const container = await create('sleep 1000');
    await container.start();
    await container.pause();
    expect(container.state().status).toBe('paused');
    await container.resume();
    expect(container.state().status).toBe('running');
  });

  test('lets its program go on while an exec waits in it, paused', async () => {
    const container = await create('sleep 1000');
    await container.start();
    await container.pause();
    const request = { ignorePaused: true, stdio: ['ignore', 'pipe', 'inherit'] } as const;
    // Before, the thread was blocked here, and nobody could resume the container.
    const waiting = container.exec(['echo', 'thawed'], request);
    const aborted = container.exec(['true'], { ...request, signal: AbortSignal.timeout(50) });
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    expect(container.state().status).toBe('paused');
    await container.resume();
    const process = await waiting;
    expect(process.stdout === null ? null : await text(process.stdout)).toBe('thawed\n');
    expect(await process.wait()).toEqual({ code: 0, signal: null });

    await container.pause();
    const ended = expect(container.exec(['true'], request)).rejects.toBeInstanceOf(RuntimeError);
    await container.delete({ force: true });
    await ended;
  });

  test('is updated, by resources that are checked', async () => {
    const container = await create('sleep 1000');
    await container.start();
    await container.update({});
    await container.update({ devices: [{ allow: false }] });
    const record: unknown = JSON.parse(await readFile(join(stateRoot, container.id, 'state.json'), 'utf8'));
    expect(record).toMatchObject({ spec: { linux: { resources: { devices: [{ allow: false }] } } } });
    await expect(container.update({ pids: { limit: 1.5 } })).rejects.toMatchObject({ code: 'usage', path: 'pids.limit' });
    const wrong: readonly (readonly [Resources, string])[] = [
      [{ memory: { limit: 2 ** 63 } }, 'memory.limit'],
      [{ memory: { limit: 2n ** 63n } }, 'memory.limit'],
      [{ cpu: { quota: -(2n ** 63n) - 1n } }, 'cpu.quota'],
      [{ cpu: { shares: -1 } }, 'cpu.shares'],
      [{ cpu: { shares: 2n ** 64n } }, 'cpu.shares'],
      [{ hugepageLimits: [{ pageSize: '2MB', limit: 2n ** 64n }] }, 'hugepageLimits.0.limit'],
      [{ blockIO: { weight: 65_546 } }, 'blockIO.weight'],
      [{ pids: { limit: NaN } }, 'pids.limit'],
      [{ pids: { limit: Infinity } }, 'pids.limit'],
    ];
    for (const [resources, path] of wrong) await expect(container.update(resources)).rejects.toMatchObject({ code: 'usage', path });
    expect(JSON.parse(await readFile(join(stateRoot, container.id, 'state.json'), 'utf8'))).toEqual(record);
    await expect(container.update({ cpu: { cpus: 'all' } })).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(container.update({ memory: { limit: -5 } })).rejects.toMatchObject({
      code: 'invalid-config',
      path: '/linux/resources/memory/limit',
    });
    await container.kill('SIGKILL');
    await container.wait();
    await expect(container.update({})).rejects.toMatchObject({ code: 'not-running' });
  });

  test('is removed at the end of its await using block', async () => {
    let pid: number;
    let id: string;
    {
      await using container = await create('sleep 1000');
      await container.start();
      ({ pid, id } = container);
    }
    expect(isAlive(pid)).toBe(false);
    expect(() => runtime.get(id)).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test("is visible to the command, and the command's containers are visible to the library", async () => {
    const container = await create('sleep 1000');
    succeed(await command(['start', container.id]));
    expect(runtime.get(container.id).state().status).toBe('running');
    expect(runtime.list().map((one) => one.id)).toContain(container.id);
  });

  test('is listed with the reason if its record is damaged', async () => {
    const [good, bad] = [await create('true'), await create('true')];
    const record = join(stateRoot, bad.id, 'state.json');
    const whole = readFileSync(record);
    const listed = () => runtime.list().filter(({ id }) => id === good.id || id === bad.id);
    try {
      for (const words of ['', '{', '{"version":1}']) {
        writeFileSync(record, words);
        const [first, second, ...others] = listed();
        expect(others).toEqual([]);
        expect(first).toMatchObject({ id: good.id, status: 'created' });
        expect(second).toMatchObject({
          id: bad.id,
          status: 'damaged',
          error: { code: 'state-damaged', message: expect.stringContaining(bad.id) as unknown },
        });
      }
    } finally {
      writeFileSync(record, whole);
    }
    expect(listed().map(({ status }) => status)).toEqual(['created', 'created']);
  });

  test('is deleted by its id when its record is damaged, with its process', async () => {
    const container = await create('sleep 1000');
    await container.start();
    writeFileSync(join(stateRoot, container.id, 'state.json'), '{');
    await expect(runtime.delete(container.id)).rejects.toMatchObject({ code: 'state-damaged' });
    expect(isAlive(container.pid)).toBe(true);
    await runtime.delete(container.id, { force: true });
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(runtime.list().map(({ id }) => id)).not.toContain(container.id);
    await expect(runtime.delete(container.id)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('of another program: reports the end, but not how it ended', async () => {
    const id = newId();
    succeed(await command(['run', '--detach', '--bundle', makeBundle().directory, id]));
    const container = runtime.get(id);
    const ended = container.wait();
    await container.kill('SIGKILL');
    expect(await ended).toEqual({ code: null, signal: null });
  });
});

describe.each(['created', 'found'])('a handle of a container that was %s', (how) => {
  test('does not refer to a later container with the same id', async () => {
    const first = await create('sleep 1000');
    const mine = how === 'created' ? first : runtime.get(first.id);
    succeed(await command(['delete', '--force', first.id]));
    succeed(await command(['run', '-d', '--bundle', makeBundle().directory, first.id]));
    const { pid } = runtime.get(first.id);
    expect(() => mine.state()).toThrow(expect.objectContaining({ code: 'not-found' }));
    await expect(mine.kill('KILL')).rejects.toMatchObject({ code: 'not-found' });
    await expect(mine.exec(['true'])).rejects.toMatchObject({ code: 'not-found' });
    await mine.delete({ force: true });
    expect(isAlive(pid)).toBe(true);
    await runtime.get(first.id).delete({ force: true });
    expect(isAlive(pid)).toBe(false);
  });
});

describe('exec', () => {
  test('runs another process', async () => {
    const container = await create('sleep 1000');
    await container.start();
    const process = await container.exec(['sh', '-c', 'echo $X in $(pwd); exit 3'], {
      env: ['X=y'],
      cwd: '/tmp',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(process.stdout === null ? null : await text(process.stdout)).toBe('y in /tmp\n');
    expect(await process.wait()).toEqual({ code: 3, signal: null });
  });

  test('can be killed', async () => {
    const container = await create('sleep 1000');
    await container.start();
    const process = await container.exec(['sleep', '1000'], { stdio: 'ignore' });
    process.kill();
    expect(await process.wait()).toEqual({ code: null, signal: 'SIGTERM' });
    process.kill();
  });

  test('is killed by an abort signal', async () => {
    const container = await create('sleep 1000');
    await container.start();
    const controller = new AbortController();
    const process = await container.exec(['sleep', '1000'], { stdio: 'ignore', signal: controller.signal });
    controller.abort();
    await expect(process.wait()).rejects.toMatchObject({ code: 'aborted' });
    expect(container.state().status).toBe('running');
  });

  test('rejects if the program does not exist', async () => {
    const container = await create('sleep 1000');
    await container.start();
    await expect(container.exec(['nowhere'])).rejects.toMatchObject({ code: 'executable', errno: 'ENOENT', path: 'nowhere' });
  });
});

describe('a process that nobody waits for', () => {
  test('does not keep the container from ending', async () => {
    const container = await create('sleep 1000');
    await container.start();
    const process = await container.exec(['true'], { stdio: 'ignore' });
    await until('the end of the process', () => !isAlive(process.pid));
    await container.kill('KILL');
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await process.wait()).toEqual({ code: 0, signal: null });
  });

  test('does not keep the program from exiting', async () => {
    const id = newId();
    const program = `
      import { Runtime } from '${join(import.meta.dirname, '../../dist/library/index.js')}';
      const container = await new Runtime({ root: '${stateRoot}' }).create({ id: '${id}', bundle: '${makeBundle({ script: 'sleep 1000' }).directory}', stdio: 'ignore' });
      await container.start();
      await container.exec(['sleep', '1000'], { stdio: 'ignore' });`;
    afterTest(() => command(['delete', '--force', id]));
    expect(await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 })).toEqual({
      stdout: '',
      stderr: '',
    });
    expect(runtime.get(id).state().status).toBe('running');
  });

  test('leaves no descriptor of its pipes open', async () => {
    const directory = makeBundle({ script: 'echo out' }).directory;
    const one = async () => {
      const container = await runtime.create({ id: newId(), bundle: directory, stdio: 'pipe' });
      await container.start();
      await container.wait();
      await container.delete();
      await setImmediate();
    };
    await one();
    const before = await openFiles();
    for (let i = 0; i < 3; i++) await one();
    await expectNoMoreFiles(before);
  });
});

describe('a method with an invalid argument', () => {
  test('returns a rejected promise and throws nothing synchronously', async () => {
    const container = await create('sleep 1000');
    const promise = container.kill('SIGFOO');
    await expect(promise).rejects.toMatchObject({ code: 'usage', path: 'SIGFOO' });
  });
});

describe('run', () => {
  test.each(['ignore', 'inherit', ['ignore', 'pipe', 'pipe']] as const)('refuses input that %s would discard', async (stdio) => {
    const id = newId();
    await expect(runtime.run({ id, bundle: bundle('cat'), input: 'lost', stdio })).rejects.toMatchObject({ code: 'usage', path: 'input' });
    expect(() => runtime.get(id)).toThrow('container does not exist');
  });

  test('reports the error of a poststart hook, and runs the poststop hooks', async () => {
    const log = newPath();
    const hooked = makeBundle({
      script: 'sleep 1000',
      config: (config) => {
        config.hooks = {
          poststart: [{ path: '/bin/sh', args: ['sh', '-c', 'exit 3'] }],
          poststop: [{ path: '/bin/sh', args: ['sh', '-c', `echo done > ${log}`] }],
        };
      },
    });
    const id = newId();
    await expect(runtime.run({ id, bundle: hooked.directory })).rejects.toMatchObject({ code: 'hook', operation: 'poststart' });
    expect(await readFile(log, 'utf8')).toBe('done\n');
    expect(() => runtime.get(id)).toThrow('container does not exist');
  });

  test('warns of failing poststop hooks and gives their numbers', async () => {
    const hooked = makeBundle({
      script: 'true',
      config: (config) => {
        config.hooks = { poststop: [{ path: '/bin/true' }, { path: '/bin/false' }] };
      },
    });
    const warned = once(process, 'warning');
    expect(await runtime.run({ id: newId(), bundle: hooked.directory })).toMatchObject({ code: 0 });
    expect((await warned)[0]).toMatchObject({
      code: 'TSRUN_POSTSTOP_HOOK',
      message: expect.stringContaining('poststop hook #1') as unknown,
    });
  });

  test('returns how the container ended and what it wrote', async () => {
    const result = await runtime.run({ id: newId(), bundle: bundle('cat; echo wrong >&2; exit 4'), input: 'given' });
    expect(result).toEqual({ code: 4, signal: null, stdout: 'given', stderr: 'wrong\n', reachedLimits: [] });
  });

  test('removes the container', async () => {
    const id = newId();
    await runtime.run({ id, bundle: bundle('true') });
    expect(runtime.list().map((one) => one.id)).not.toContain(id);
  });

  test('captures output in memory if asked to', async () => {
    const made = makeBundle({ script: 'echo x > /made && cat /made', config: (config) => (config.root.readonly = false) });
    expect((await runtime.run({ id: newId(), bundle: made.directory, overlay: 'memory' })).stdout).toBe('x\n');
    await expect(readFile(`${made.rootfs}/made`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('runs many containers at once', async () => {
    const directory = bundle('echo $$');
    const results = await Promise.all(Array.from({ length: 8 }, () => runtime.run({ id: newId(), bundle: directory })));
    expect(results.map((one) => one.stdout)).toEqual(Array.from({ length: 8 }, () => '1\n'));
  });
});

describe('an abort signal', () => {
  test('kills and removes the container', async () => {
    const controller = new AbortController();
    const container = await create('sleep 1000', { signal: controller.signal });
    await container.start();
    controller.abort(new Error('enough'));
    await expect(container.wait()).rejects.toMatchObject({ code: 'aborted', cause: new Error('enough') });
    expect(isAlive(container.pid)).toBe(false);
    expect(() => container.state()).toThrow('container does not exist');
  });

  test('prevents the creation if it is already aborted', async () => {
    const id = newId();
    await expect(create('true', { id, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(() => runtime.get(id)).toThrow('container does not exist');
  });
});

describe('errors', () => {
  test('have one type and contain all that is known about the failure', async () => {
    const failure = await runtime.create({ id: newId(), bundle: '/no/bundle' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RuntimeError);
    expect(failure).toMatchObject({ code: 'bundle', phase: 'load', errno: 'ENOENT', path: '/no/bundle' });
  });

  test('leave no descriptor open', async () => {
    const before = await openFiles();
    for (let i = 0; i < 5; i++) await runtime.create({ id: newId(), bundle: '/no/bundle', stdio: 'pipe' }).catch(() => undefined);
    await setImmediate();
    await expectNoMoreFiles(before);
  });

  test('report an id that is in use', async () => {
    const container = await create('sleep 1000');
    await expect(create('true', { id: container.id })).rejects.toMatchObject({ code: 'id-in-use' });
    expect(container.state().status).toBe('created');
  });
});

test('containers leave no descriptor open after they ended', async () => {
  const directory = makeBundle({ script: 'true' }).directory;
  await runtime.run({ id: newId(), bundle: directory });
  const before = await openFiles();
  for (let i = 0; i < 3; i++) await runtime.run({ id: newId(), bundle: directory });
  await expectNoMoreFiles(before);
});
