import { copyFileSync } from 'node:fs';
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
  stateOf,
  succeed,
  test,
  until,
  type Bundle,
  type Config,
  runtimeCommand,
} from '../harness/index.js';

/**
 * A socket whose owner accepts no connections: its backlog is full, or has room (`open`), and nobody reads; or its queue of datagrams is
 * full.
 */
async function deafSocket(...open: readonly ('open' | 'datagram')[]): Promise<string> {
  const path = newPath();
  const owner = start([program('full_backlog'), path, ...open], { timeout: 60_000 });
  afterTest(() => owner.child.kill('SIGKILL'));
  await until('the socket', () => owner.output().includes('ready'));
  return path;
}

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

/** A bundle whose script can call `notify MESSAGE...`. */
function service(script: string): Bundle {
  const bundle = makeBundle({ script });
  copyFileSync(program('notify'), `${bundle.rootfs}/bin/notify`);
  return bundle;
}

const gaveUp = (what: string): RegExp => new RegExp(`${what} .*EAGAIN[^]*has accepted or read nothing for 10 seconds`);

/** What waits for a socket that nobody serves, and the error with which it fails. */
const waiting: Readonly<Record<string, readonly [() => Promise<string>, RegExp]>> = {
  'create, for a console socket whose backlog is full': [
    async () => {
      const bundle = makeBundle({ args: ['true'], config: ({ process }) => (process.terminal = true) });
      return fail(await runtime(['create', '--bundle', bundle.directory, '--console-socket', await deafSocket(), newId()]));
    },
    gaveUp('connect console socket'),
  ],
  'exec, for a console socket whose backlog is full': [
    async () => {
      const options = ['--tty', '--detach', '--console-socket', await deafSocket()];
      return fail(await exec((await running()).id, ['true'], options), 255);
    },
    gaveUp('connect console socket'),
  ],
  'exec, for a pidfd socket whose backlog is full': [
    async () => {
      const options = ['--detach', '--pidfd-socket', await deafSocket()];
      return fail(await exec((await running()).id, ['sleep', '1000'], options), 255);
    },
    gaveUp('send pidfd'),
  ],
  'run, for a pidfd socket whose backlog is full': [
    async () => fail(await runtime(['run', '--detach', '--pidfd-socket', await deafSocket(), '--bundle', makeBundle().directory, newId()])),
    gaveUp('send pidfd'),
  ],
  'start, for a seccomp agent whose backlog is full': [
    async () => {
      const { id } = await created({ config: notify(await deafSocket()) });
      return fail(await runtime(['start', id]));
    },
    gaveUp('failed to connect with seccomp agent'),
  ],
  'start, for a seccomp agent that does not read': [
    async () => {
      const much = (config: Config) => (config.annotations = { much: 'x'.repeat(1 << 20) });
      const { id } = await created({ config: notify(await deafSocket('open'), much) });
      return fail(await runtime(['start', id], { timeout: 40_000 }));
    },
    gaveUp('hand over seccomp listener'),
  ],
  'start, for a supervisor whose queue of notifications is full': [
    async () => {
      const env = { NOTIFY_SOCKET: await deafSocket('datagram') };
      const bundle = service('notify READY=1; sleep 1000');
      const { id } = await created({ bundle, call: { env } });
      const words = fail(await runtime(['start', id], { env, timeout: 40_000 }));
      return `${(await stateOf(id)).status}: ${words}`;
    },
    /^running: .*write to notify socket.*ETIMEDOUT[^]*has read nothing for 10 seconds/,
  ],
  'run, for a supervisor whose queue of notifications is full: its container runs to its end': [
    async () => {
      const env = { NOTIFY_SOCKET: await deafSocket('datagram') };
      const { code, stdout, stderr } = await run(service('sleep 15; echo done; exit 3'), { env, timeout: 40_000 });
      return `${code} ${stdout.trim()}: ${stderr}`;
    },
    /^3 done: .*write to notify socket.*ETIMEDOUT/,
  ],
  'run --detach, for a supervisor whose queue of notifications is full: its container runs': [
    async () => {
      const env = { NOTIFY_SOCKET: await deafSocket('datagram') };
      const id = newId();
      const args = ['run', '--detach', '--bundle', service('notify READY=1; sleep 1000').directory, id];
      const { code, stderr } = await runtime(args, { env, timeout: 40_000 });
      return `${code} ${(await stateOf(id)).status}: ${stderr}`;
    },
    /^0 running: .*write to notify socket.*ETIMEDOUT/,
  ],
};

/** What does not wait for a receiver. */
const going: Readonly<Record<string, () => Promise<unknown>>> = {
  'create, with a console receiver that does not read': async () => {
    const bundle = makeBundle({ args: ['true'], config: ({ process }) => (process.terminal = true) });
    const id = newId();
    succeed(await runtime(['create', '--bundle', bundle.directory, '--console-socket', await deafSocket('open'), id], { timeout: 9_000 }));
    succeed(await runtime(['delete', '--force', id]));
  },
  'exec, with a receiver of a pidfd that does not read': async () => {
    const options = ['--detach', '--pidfd-socket', await deafSocket('open')];
    succeed(await exec((await running()).id, ['sleep', '1000'], options, { timeout: 9_000 }));
  },
};

// On Node.js the same functions of native/core wait.
describe.skipIf(runtimeCommand.includes('node'))('a command does not wait forever for', () => {
  // At the same time, because each takes ten or twenty seconds.
  test.runIf(can.tsrun)('a socket that nobody serves', async () => {
    const names = Object.keys(waiting);
    const results = await Promise.allSettled(Object.values(waiting).map(([call]) => call()));
    for (const [index, [, error]] of Object.values(waiting).entries()) {
      const result = results[index];
      expect.soft(result?.status === 'fulfilled' ? result.value : String(result?.reason), names[index]).toMatch(error);
    }
  });

  test.runIf(can.tsrun)('what it has sent to a socket', async () => {
    const names = Object.keys(going);
    const results = await Promise.allSettled(Object.values(going).map((call) => call()));
    for (const [index, result] of results.entries()) expect.soft(result, names[index]).toMatchObject({ status: 'fulfilled' });
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
