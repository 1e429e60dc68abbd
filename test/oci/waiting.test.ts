import { afterTest, can, describe, expect, fail, makeBundle, newId, newPath, program, run, runtime, start, succeed, test, until } from './harness/index.js';

/** A socket whose owner takes no connections any more. */
async function fullSocket(): Promise<string> {
  const path = newPath();
  const owner = start([program('full_backlog'), path]);
  afterTest(() => owner.child.kill('SIGKILL'));
  await until('the socket', () => owner.output().includes('ready'));
  return path;
}

describe('nobody is waited for without an end', () => {
  test.runIf(can.tsrun)('a console socket whose backlog is full', async () => {
    const path = await fullSocket();
    const bundle = makeBundle({ args: ['true'], config: ({ process }) => (process.terminal = true) });
    const outcome = await runtime(['create', '--bundle', bundle.directory, '--console-socket', path, newId()]);
    expect(fail(outcome)).toMatch(/connect console socket .*EAGAIN[^]*has taken nothing for 10 seconds/);
  });

  test('a daemon of a hook that goes on writing', async () => {
    const bundle = makeBundle({ args: ['true'] });
    // The harness sees to it that the daemon is not left: it ends by SIGPIPE.
    bundle.config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'yes & exit 0'] }] };
    bundle.save();
    succeed(await run(bundle));
  });

  test('a hook that writes more than a pipe holds', async () => {
    const bundle = makeBundle({ args: ['true'] });
    bundle.config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\\\0" x; echo the end >&2; exit 3'] }] };
    bundle.save();
    expect(fail(await run(bundle))).toContain('the end');
  });
});

describe('hooks with much annotation', () => {
  test('have the state in memory once', async () => {
    const bundle = makeBundle({ args: ['true'] });
    bundle.config.annotations = { much: 'x'.repeat(1 << 20) };
    bundle.config.hooks = { startContainer: Array.from({ length: 100 }, () => ({ path: '/bin/true' })) };
    bundle.save();
    succeed(await run(bundle));
  });
});
