import { readdirSync } from 'node:fs';
import { Runtime, type Container, type RunRequest } from '../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newId, stateRoot, test, until } from '../oci/harness/index.js';
import { failure } from './harness/failure.js';
import { expectNoMoreFiles, openFiles } from './harness/open_files.js';

const runtime = new Runtime({ root: stateRoot });
const bundle = (script: string): string => makeBundle({ script }).directory;
const containers = (): readonly string[] => readdirSync(stateRoot).filter((name) => !name.startsWith('@'));

async function running(): Promise<Container> {
  const container = await runtime.create({ id: newId(), bundle: bundle('sleep 1000'), stdio: 'ignore' });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  return container;
}

type Options = Omit<RunRequest, 'bundle' | 'id'>;

/** The same program as a container and as a process in one. */
const places: readonly (readonly [string, (script: string, options: Options) => Promise<unknown>])[] = [
  ['a container', (script, options) => runtime.run({ bundle: bundle(script), ...options })],
  [
    'a process in a container',
    async (script, options) => {
      const { noPivot: _, noNewKeyring: __, configFile: ___, overlay: ____, consoleSocket: _____, ...rest } = options;
      return (await running()).run(['sh', '-c', script], rest);
    },
  ],
];

/** Calls with a time limit, and again with longer ones until the program has done something within it. */
async function onceBegun(call: (timeout: number) => Promise<boolean>): Promise<void> {
  for (let timeout = 500; !(await call(timeout)); timeout *= 4) expect(timeout).toBeLessThan(10_000);
}

describe.each(places)('%s that runs to its end', (_, run) => {
  test('gets its input and returns what it wrote, as text or as bytes', async () => {
    expect(await run('cat; echo wrong >&2; exit 3', { input: 'in' })).toEqual({
      code: 3,
      signal: null,
      stdout: 'in',
      stderr: 'wrong\n',
      reachedLimits: [],
    });
    expect(await run("printf '\\377\\376'", { encoding: 'buffer' })).toMatchObject({ code: 0, stdout: Buffer.from([255, 254]) });
  });

  test('is asked to stop when its time is over, and what it had written is known', async () => {
    const script = "trap 'echo bye; exit 0' TERM; echo begun; while :; do sleep 0.01; done";
    await onceBegun(async (timeout) => {
      const error = await failure(run(script, { timeout, grace: 10_000 }));
      expect(error).toMatchObject({ code: 'timeout', path: 'timeout', message: `run: the program did not end within ${timeout} ms` });
      if (error.output?.stdout === '') return false;
      expect(error.output).toEqual({ stdout: 'begun\nbye\n', stderr: '' });
      return true;
    });
  });

  test('is killed if it ignores that, with what it has started', async () => {
    const script = "trap '' TERM; sleep 1000 & while :; do sleep 0.01; done";
    const begun = performance.now();
    expect(await failure(run(script, { timeout: 100, grace: 50 }))).toMatchObject({ code: 'timeout' });
    expect(await failure(run(script, { timeout: 100, grace: 0 }))).toMatchObject({ code: 'timeout' });
    expect(await failure(run(script, { timeout: 100, grace: 50, stopSignal: 'USR1' }))).toMatchObject({ code: 'timeout' });
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  test('is killed at the first byte too much', async () => {
    expect(await run('head -c 1000 /dev/zero', { maxBuffer: 1000 })).toMatchObject({ code: 0 });
    const error = await failure(run('while :; do echo flood; done', { maxBuffer: 1000 }));
    expect(error).toMatchObject({ code: 'output-limit', message: 'run: the standard output of the program is longer than 1000 bytes' });
    expect(error).toMatchObject({ hint: 'it was killed; raise "maxBuffer" if it may write more' });
    expect(error.output?.stdout).toBe('flood\n'.repeat(200).slice(0, 1000));
    const other = await failure(run('head -c 1001 /dev/zero >&2; sleep 1000', { maxBuffer: 1000, encoding: 'buffer' }));
    expect(other).toMatchObject({ code: 'output-limit', message: 'run: the standard error of the program is longer than 1000 bytes' });
    expect(other.output?.stderr).toHaveLength(1000);
  });

  test.each<readonly [string, Record<string, unknown>]>([
    ['a negative timeout', { timeout: -1 }],
    ['a timeout that is no number', { timeout: '5' }],
    ['a timeout that timers cannot have', { timeout: 2 ** 31 }],
    ['an infinite grace', { grace: Infinity }],
    ['an unknown signal', { stopSignal: 'SIGFOO' }],
    ['half a byte', { maxBuffer: 0.5 }],
    ['an unknown encoding', { encoding: 'latin1' }],
    ['an input without a pipe', { input: 'x', stdio: 'ignore' }],
    ['an input that is an object', { input: {} }],
  ])('is refused with %s, and not made', async (__, options) => {
    const before = containers().length;
    expect((await failure(run('true', options as Options))).code).toBe('usage');
    // The container that the process was for.
    expect(containers().length - before).toBeLessThanOrEqual(1);
  });
});

test('a process whose descendant keeps its output does not delay the end of its time', async () => {
  const container = await running();
  await onceBegun(async (timeout) => {
    const error = await failure(container.run(['sh', '-c', 'setsid sleep 1000 & echo first; sleep 1000'], { timeout, grace: 0 }));
    expect(error.code).toBe('timeout');
    if (error.output?.stdout === '') return false;
    expect(error.output?.stdout).toBe('first\n');
    return true;
  });
});

test('time limits do not keep the program from ending', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  await runtime.run({ bundle: bundle('true'), timeout: 1_000_000 });
  await until('no more timers', () => timers() <= before);
});

describe('warnings', () => {
  test('are passed to the runtime that was told to hear them', async () => {
    const heard: unknown[] = [];
    const loud = new Runtime({ root: stateRoot, onWarning: (warning) => heard.push(warning) });
    const { directory } = makeBundle({
      args: ['true'],
      config: (config) => {
        config.hooks = { poststop: [{ path: '/bin/false' }] };
        config.process.capabilities = { ...config.process.capabilities, bounding: ['CAP_NO_SUCH_THING'] };
      },
    });
    await loud.run({ bundle: directory });
    expect(heard).toEqual([
      { code: 'TSRUN_WARNING', message: expect.stringContaining('CAP_NO_SUCH_THING') as string },
      { code: 'TSRUN_POSTSTOP_HOOK', message: expect.stringContaining('poststop') as string },
    ]);
  });

  test('need a function', () => {
    expect(() => new Runtime({ onWarning: 'loud' as unknown as () => void })).toThrow('"onWarning" must be a function');
  });
});

test('a runtime for each request leaves no descriptor open', async () => {
  const { directory } = makeBundle({ args: ['true'] });
  await new Runtime({ root: stateRoot }).run({ bundle: directory });
  const before = await openFiles();
  for (let i = 0; i < 5; i++) await new Runtime({ root: stateRoot }).run({ bundle: directory });
  await expectNoMoreFiles(before);
});
