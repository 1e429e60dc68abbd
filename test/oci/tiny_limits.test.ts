import { existsSync } from 'node:fs';
import { can, describe, exec, expect, fail, makeBundle, newId, runtime, runtimeCommand, running, stateRoot, succeed, test } from './harness/index.js';

const onQuickJS = can.tsrun && !runtimeCommand.includes('node');

describe.runIf(onQuickJS)('a tiny stack', () => {
  test.each([64, 80])('of %s KB is too small, and named', async (kilobytes) => {
    const outcome = await runtime(['list'], { wrapper: ['prlimit', `--stack=${kilobytes << 10}`] });
    expect(fail(outcome)).toMatch(/^tsrun: the limit of the stack .*ulimit -s/);
  });

  test.each([160, 256, 1024])('of %s KB runs a container', async (kilobytes) => {
    const bundle = makeBundle({ args: ['true'] });
    succeed(await runtime(['run', '--bundle', bundle.directory, newId()], { wrapper: ['prlimit', `--stack=${kilobytes << 10}`] }));
  });
});

describe.runIf(onQuickJS)('a small limit of memory', () => {
  /** More than what is in memory from the beginning. */
  const large = () => makeBundle({ args: ['true'], config: (config) => (config.annotations = { much: 'x'.repeat(1 << 20) }) });

  test.each(['--as', '--data'])('%s of 64 MB is enough for a large configuration', async (limit) => {
    succeed(await runtime(['run', '--bundle', large().directory, newId()], { wrapper: ['prlimit', `${limit}=${64 << 20}`] }));
  });

  test('of 10 MB is not, and named', async () => {
    expect(fail(await runtime(['run', '--bundle', large().directory, newId()], { wrapper: ['prlimit', `--as=${10 << 20}`] }))).toMatch(/memory/);
  });
});

describe.runIf(onQuickJS)('few descriptors', () => {
  const few = [4, 5, 6, 7];
  const limited = (count: number) => ({ wrapper: ['prlimit', `--nofile=${count}:`] });

  test.each(few)('%s: create and run say so and leave nothing', async (count) => {
    for (const verb of ['create', 'run']) {
      const id = newId();
      const bundle = makeBundle({ args: ['true'] });
      const outcome = await runtime([verb, '--bundle', bundle.directory, id], limited(count));
      expect(fail(outcome)).toMatch(/EMFILE.*ulimit -n/);
      expect(existsSync(`${stateRoot}/${id}`), outcome.stderr).toBe(false);
    }
  });

  test('3: exec and delete say so and leave the container as it is', async () => {
    const { id } = await running();
    expect(fail(await runtime(['exec', id, 'true'], limited(3)), 255)).toMatch(/EMFILE.*ulimit -n/);
    expect(fail(await runtime(['delete', '--force', id], limited(3)))).toMatch(/EMFILE.*ulimit -n/);
    succeed(await exec(id, ['true']));
  });
});
