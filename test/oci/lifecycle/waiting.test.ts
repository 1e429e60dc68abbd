import {
  afterTest,
  can,
  created,
  describe,
  exec,
  expect,
  fail,
  makeBundle,
  newId,
  newPath,
  program,
  run,
  running,
  runtime,
  start,
  succeed,
  test,
  until,
  type Config,
  runtimeCommand,
} from '../harness/index.js';

/** A socket whose owner accepts no connections: its backlog is full, or has room (`open`), and nobody reads. */
async function deafSocket(...open: readonly 'open'[]): Promise<string> {
  const path = newPath();
  const owner = start([program('full_backlog'), path, ...open], { timeout: 60_000 });
  afterTest(() => owner.child.kill('SIGKILL'));
  await until('the socket', () => owner.output().includes('ready'));
  return path;
}

// Each takes ten seconds. On Node.js the same functions of native/core wait.
describe.skipIf(runtimeCommand.includes('node'))('a command does not wait forever for', () => {
  test.runIf(can.tsrun)('a console socket whose backlog is full', async () => {
    const path = await deafSocket();
    const bundle = makeBundle({ args: ['true'], config: ({ process }) => (process.terminal = true) });
    const outcome = await runtime(['create', '--bundle', bundle.directory, '--console-socket', path, newId()]);
    expect(fail(outcome)).toMatch(/connect console socket .*EAGAIN[^]*has accepted or read nothing for 10 seconds/);
  });

  test.runIf(can.tsrun)('a console socket of exec whose backlog is full', async () => {
    const path = await deafSocket();
    const { id } = await running();
    expect(fail(await exec(id, ['true'], ['--tty', '--detach', '--console-socket', path]), 255)).toMatch(
      /connect console socket .*EAGAIN[^]*has accepted or read nothing for 10 seconds/,
    );
  });

  test.runIf(can.tsrun)('a pidfd socket of exec whose backlog is full', async () => {
    const path = await deafSocket();
    const { id } = await running();
    expect(fail(await exec(id, ['sleep', '1000'], ['--detach', '--pidfd-socket', path]), 255)).toMatch(
      /send pidfd .*EAGAIN[^]*has accepted or read nothing for 10 seconds/,
    );
  });

  test.runIf(can.tsrun)('a pidfd socket of run whose backlog is full', async () => {
    const path = await deafSocket();
    const outcome = await runtime(['run', '--detach', '--pidfd-socket', path, '--bundle', makeBundle().directory, newId()]);
    expect(fail(outcome)).toMatch(/send pidfd .*EAGAIN[^]*has accepted or read nothing for 10 seconds/);
  });

  const notify =
    (listenerPath: string, more: (config: Config) => void = () => undefined) =>
    (config: Config) => {
      config.linux['seccomp'] = {
        defaultAction: 'SCMP_ACT_ALLOW',
        listenerPath,
        syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
      };
      more(config);
    };

  test.runIf(can.tsrun)('a seccomp agent whose backlog is full', async () => {
    const { id } = await created({ config: notify(await deafSocket()) });
    expect(fail(await runtime(['start', id]))).toMatch(
      /failed to connect with seccomp agent .*EAGAIN[^]*has accepted or read nothing for 10 seconds/,
    );
  });

  test.runIf(can.tsrun)('a seccomp agent that does not read', async () => {
    const much = (config: Config) => (config.annotations = { much: 'x'.repeat(1 << 20) });
    const { id } = await created({ config: notify(await deafSocket('open'), much) });
    expect(fail(await runtime(['start', id], { timeout: 40_000 }))).toMatch(
      /hand over seccomp listener .*EAGAIN[^]*has accepted or read nothing for 10 seconds/,
    );
  });

  test('a daemon left by a hook that keeps writing', async () => {
    const bundle = makeBundle({ args: ['true'] });
    // The harness checks that the daemon does not stay; SIGPIPE ends it.
    bundle.config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'yes & exit 0'] }] };
    bundle.save();
    succeed(await run(bundle));
  });

  test('a hook that writes more than a pipe holds', async () => {
    const bundle = makeBundle({ args: ['true'] });
    bundle.config.hooks = {
      createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'head -c 1000000 /dev/zero | tr "\\\\0" x; echo the end >&2; exit 3'] }],
    };
    bundle.save();
    expect(fail(await run(bundle))).toContain('the end');
  });
});

describe('hooks of a container with large annotations', () => {
  test('share one copy of the state in memory', async () => {
    const bundle = makeBundle({ args: ['true'] });
    bundle.config.annotations = { much: 'x'.repeat(1 << 20) };
    bundle.config.hooks = { startContainer: Array.from({ length: 100 }, () => ({ path: '/bin/true' })) };
    bundle.save();
    succeed(await run(bundle));
  });
});
