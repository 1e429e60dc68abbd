import { existsSync, readFileSync } from 'node:fs';
import {
  can,
  describe,
  exec,
  expect,
  fail,
  makeBundle,
  newId,
  runtime,
  runtimeCommand,
  running,
  stateRoot,
  succeed,
  test,
} from '../harness/index.js';

const onQuickJS = can.tsrun && !runtimeCommand.includes('node');
/** AddressSanitizer needs memory, stack and descriptors of its own; docs/testing.md sets the variable for it. */
const asShipped = onQuickJS && process.env['ASAN_OPTIONS'] === undefined;

describe.runIf(asShipped)('a small stack limit', () => {
  test.each([64, 80])('of %s KB is too small, and the error says so', async (kilobytes) => {
    const outcome = await runtime(['list'], { wrapper: ['prlimit', `--stack=${kilobytes << 10}`] });
    expect(fail(outcome)).toMatch(/^tsrun: the limit of the stack .*ulimit -s/);
  });

  test.each([160, 256, 1024])('of %s KB is enough to run a container', async (kilobytes) => {
    const bundle = makeBundle({ args: ['true'] });
    succeed(await runtime(['run', '--bundle', bundle.directory, newId()], { wrapper: ['prlimit', `--stack=${kilobytes << 10}`] }));
  });
});

describe.runIf(asShipped)('a small memory limit', () => {
  /** More than what is in memory from the start. */
  const large = () => makeBundle({ args: ['true'], config: (config) => (config.annotations = { much: 'x'.repeat(1 << 20) }) });

  test.each(['--as', '--data'])('%s of 64 MB is enough for a large configuration', async (limit) => {
    succeed(await runtime(['run', '--bundle', large().directory, newId()], { wrapper: ['prlimit', `${limit}=${64 << 20}`] }));
  });

  test('of 13 MB is too small, and the error says so', async () => {
    expect(fail(await runtime(['run', '--bundle', large().directory, newId()], { wrapper: ['prlimit', `--as=${13 << 20}`] }))).toMatch(
      /memory/,
    );
  });
});

const page = readFileSync(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8');

describe.runIf(asShipped && process.arch === 'x64')('what docs/troubleshooting.md says is enough', () => {
  test.each([
    ['-v', '--as'],
    ['-d', '--data'],
    ['-s', '--stack'],
  ])('ulimit %s lets a container run', async (letter, name) => {
    const [, kilobytes] = new RegExp(`\\(\`ulimit ${letter} (\\d+)\`\\)`).exec(page) ?? [];
    const wrapper = ['prlimit', `${name}=${Number(kilobytes) << 10}`];
    succeed(await runtime(['run', '--bundle', makeBundle({ args: ['true'] }).directory, newId()], { wrapper }));
  });
});

describe.runIf(asShipped)('a small limit of descriptors', () => {
  const few = [4, 5, 6, 7];
  const limited = (count: number) => ({ wrapper: ['prlimit', `--nofile=${count}:`] });

  test.each(few)('of %s makes create and run fail with a clear error and leave nothing', async (count) => {
    for (const verb of ['create', 'run']) {
      const id = newId();
      const bundle = makeBundle({ args: ['true'] });
      const outcome = await runtime([verb, '--bundle', bundle.directory, id], limited(count));
      expect(fail(outcome)).toMatch(/EMFILE.*ulimit -n/);
      expect(existsSync(`${stateRoot}/${id}`), outcome.stderr).toBe(false);
    }
  });

  test.each([3, 4, 5, 6])('of %s lets each verb succeed or fail in one line, and delete --force leaves nothing', async (count) => {
    const bundle = makeBundle();
    const making = (verb: string) => async (id: string) =>
      Promise.resolve([verb, '--bundle', bundle.directory, ...(verb === 'run' ? ['--detach'] : []), id]);
    const onCreated = (words: (id: string) => readonly string[]) => async (id: string) => {
      succeed(await runtime(['create', '--bundle', bundle.directory, id]));
      return words(id);
    };
    const onRunning = (words: (id: string) => readonly string[]) => async (id: string) => {
      succeed(await runtime(['run', '--detach', '--bundle', bundle.directory, id]));
      return words(id);
    };
    const verbs = [
      making('create'),
      making('run'),
      onCreated((id) => ['start', id]),
      onRunning((id) => ['exec', id, 'true']),
      onRunning((id) => ['kill', id, 'KILL']),
      onRunning((id) => ['state', id]),
      onRunning((id) => ['delete', '--force', id]),
      onRunning(() => ['list']),
    ];
    for (const prepare of verbs) {
      const id = newId();
      const words = await prepare(id);
      const outcome = await runtime(words, limited(count));
      if (outcome.code !== 0)
        expect(outcome.stderr, words.join(' ')).toMatch(
          /^tsrun: [^\n]*EMFILE[^\n]*\(hint: raise the limit of open files \(ulimit -n\)\)\n$/,
        );
      if (count <= 4) expect(outcome.code, words.join(' ')).not.toBe(0);
      succeed(await runtime(['delete', '--force', id]));
      expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    }
  });

  test('of 3 makes exec and delete fail with a clear error and leave the container alone', async () => {
    const { id } = await running();
    expect(fail(await runtime(['exec', id, 'true'], limited(3)), 255)).toMatch(/EMFILE.*ulimit -n/);
    expect(fail(await runtime(['delete', '--force', id], limited(3)))).toMatch(/EMFILE.*ulimit -n/);
    succeed(await exec(id, ['true']));
  });
});

/** Node.js raises its soft limit to the hard one. With fewer than 20 it does not start at all here. */
describe.runIf(can.tsrun && !onQuickJS)('a small limit of descriptors on Node.js', () => {
  test.each([20, 22, 24, 25, 26, 27, 28, 30, 32])('of %s lets a verb succeed or fail in one line', async (count) => {
    const bundle = makeBundle({ args: ['true'], config: (config) => (config.process.rlimits = []) });
    const id = newId();
    const outcome = await runtime(['run', '--bundle', bundle.directory, id], { wrapper: ['prlimit', `--nofile=${count}:${count}`] });
    if (outcome.code !== 0) expect(outcome.stderr).toMatch(/^tsrun: [^\n]*(EMFILE|too many open files)[^\n]*ulimit -n\)\)[^\n]*\n$/);
    // At one number, which depends on what the test inherits, the cleaning up lacks a descriptor, too.
    if (existsSync(`${stateRoot}/${id}`)) expect(outcome.stderr).toContain('while cleaning up');
    succeed(await runtime(['delete', '--force', id]));
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });
});

describe.runIf(can.tsrun)('the number of descriptors does not depend on the number of mounts', () => {
  const many = () =>
    makeBundle({
      args: ['true'],
      config: (config) => {
        config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 10, hard: 10 }];
        for (let index = 0; index < 200; index++) {
          config.mounts.push({ destination: `/mnt/${index}`, type: 'bind', source: '/proc/version', options: ['bind', 'ro'] });
        }
      },
    });

  test('200 bind mounts need 64 descriptors, and 10 for the program', async () => {
    succeed(await runtime(['run', '--bundle', many().directory, newId()], { wrapper: ['prlimit', '--nofile=64:64'] }));
  });
});
