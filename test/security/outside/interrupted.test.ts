import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import {
  describe,
  exec,
  expect,
  gone,
  isAlive,
  makeBundle,
  newId,
  newPath,
  pause,
  running,
  runtime,
  runtimeCommand,
  startRuntime,
  stateOf,
  stateRoot,
  succeed,
  test,
  until,
} from '../harness/index.js';

/** Real-time signals, which Node.js does not support, are left out. */
const onNode = runtimeCommand[0] === 'node';
const signals = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGALRM',
  'SIGXCPU',
  ...(onNode ? [] : ['SIGUSR1', 'SIGABRT', 'SIGPIPE', 'SIGIO']),
] as const;
const numbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGIO: 29,
};

/** A bundle with a hook that prints its pid and then takes some time. */
function hooked(kind: 'createRuntime' | 'startContainer' | 'poststart'): { readonly directory: string; readonly began: string } {
  const began = kind === 'startContainer' ? '/tmp/began' : newPath('.pid');
  const bundle = makeBundle({
    config: (config) => {
      config.root.readonly = false;
      config.hooks = {
        [kind]: [{ path: '/bin/sh', args: ['sh', '-c', `echo $$ > ${began}; exec sleep 20`], env: ['PATH=/bin:/usr/bin'] }],
      };
    },
  });
  return { directory: bundle.directory, began: kind === 'startContainer' ? `${bundle.rootfs}/tmp/began` : began };
}

async function pidIn(file: string): Promise<number> {
  // It is empty for a moment.
  return until('the hook', () => existsSync(file) && (Number(readFileSync(file, 'utf8')) || false));
}

describe.each(['create', 'run', 'run -d'])('%s that is interrupted while a hook runs', (verb) => {
  test.each(signals)('by %s leaves nothing behind of the container or the hook', async (signal) => {
    const { directory, began } = hooked('createRuntime');
    const id = newId();
    const call = startRuntime([...verb.split(' '), '--bundle', directory, id]);
    const hook = await pidIn(began);
    call.child.kill(signal as NodeJS.Signals);
    const { code, stderr } = await call.done;
    expect(stderr).toContain('interrupted');
    expect(code).toBe(128 + Number(numbers[signal]));
    await until('the end of the hook', () => !isAlive(hook));
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    await gone(id);
  });
});

test.each(['startContainer', 'poststart'] as const)('run that is interrupted while a %s hook runs leaves nothing behind', async (kind) => {
  const { directory, began } = hooked(kind);
  const id = newId();
  const call = startRuntime(['run', '--bundle', directory, id]);
  await pidIn(began);
  call.child.kill('SIGTERM');
  expect((await call.done).code).toBe(143);
  await gone(id);
});

describe('run that gets a signal after its program has ended removes the container and exits with the code of the program', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)('%s while a poststop hook runs, which it ends', async (signal) => {
    const began = newPath('.pid');
    const bundle = makeBundle({
      script: 'exit 7',
      config: (config) => {
        config.hooks = {
          poststop: [{ path: '/bin/sh', args: ['sh', '-c', `echo $$ > ${began}; exec sleep 20`], env: ['PATH=/bin:/usr/bin'] }],
        };
      },
    });
    const id = newId();
    const call = startRuntime(['run', '--bundle', bundle.directory, id]);
    const hook = await pidIn(began);
    call.child.kill(signal);
    expect((await call.done).code).toBe(7);
    expect(isAlive(hook)).toBe(false);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    await gone(id);
  });

  test('SIGTERM while another program works on the container', async () => {
    const id = newId();
    const call = startRuntime(['run', '--bundle', makeBundle().directory, id]);
    await until('the program', async () => {
      const { code, stdout } = await runtime(['state', id]);
      return code === 0 && stdout.includes('"running"');
    });
    const holder = spawn('flock', [`${stateRoot}/${id}`, 'sh', '-c', 'echo locked; read end'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const { pid } = await stateOf(id);
    process.kill(pid, 'SIGKILL');
    await until('its end', () => !isAlive(pid));
    call.child.kill('SIGTERM');
    await pause(300);
    holder.stdin.end();
    expect((await call.done).code).toBe(137);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    await gone(id);
  });
});

test('create that is interrupted while a hook writes without pause leaves nothing behind', async () => {
  const id = newId();
  const bundle = makeBundle({ config: (config) => (config.hooks = { createRuntime: [{ path: '/usr/bin/yes', args: ['yes'] }] }) });
  const call = startRuntime(['create', '--bundle', bundle.directory, id]);
  await until('its directory', () => existsSync(`${stateRoot}/${id}`));
  await pause(300);
  call.child.kill('SIGTERM');
  expect((await call.done).code).toBe(143);
  await gone(id);
});

// Node.js resets every signal to its default when it starts.
test.skipIf(onNode)('a signal that the caller made us ignore is ignored', async () => {
  const id = newId();
  const bundle = makeBundle({ config: (config) => (config.hooks = { createRuntime: [{ path: '/bin/sleep', args: ['sleep', '0.5'] }] }) });
  const call = startRuntime(['create', '--bundle', bundle.directory, id], { wrapper: ['sh', '-c', 'trap "" HUP; exec "$@"', 'sh'] });
  await until('its directory', () => existsSync(`${stateRoot}/${id}`));
  call.child.kill('SIGHUP');
  succeed(await call.done);
  expect((await stateOf(id)).status).toBe('created');
});

/** The exit code reports the signal, whichever receives it: the program's start-up, the runtime, or the container's program. */
describe('SIGTERM at any moment', () => {
  test.each(['create', 'run', 'run -d'])(
    'to %s leaves nothing behind, or only what its exit code reports',
    { timeout: 120_000 },
    async (verb) => {
      const bundle = makeBundle({ args: ['sleep', '0.2'] });
      const began = Date.now();
      const probe = newId();
      succeed(await runtime(['create', '--bundle', bundle.directory, probe]));
      const whole = Date.now() - began;
      succeed(await runtime(['delete', '--force', probe]));
      for (let round = 0; round < 30; round++) {
        const id = newId();
        const call = startRuntime([...verb.split(' '), '--bundle', bundle.directory, id]);
        await pause((whole * 1.2 * round) / 30);
        call.child.kill('SIGTERM');
        const code = await call.done.then(
          (outcome) => outcome.code,
          () => -1,
        );
        if (code === 0 && verb !== 'run') {
          expect(['created', 'running', 'stopped']).toContain((await stateOf(id)).status);
          succeed(await runtime(['delete', '--force', id]));
        }
        expect(existsSync(`${stateRoot}/${id}`), `round ${round}, exit code ${code}`).toBe(false);
        await gone(id);
      }
    },
  );

  test('to exec leaves the container unchanged', { timeout: 120_000 }, async () => {
    const { id } = await running();
    for (let round = 0; round < 30; round++) {
      const call = startRuntime(['exec', ...(round % 2 === 0 ? ['-d'] : []), id, 'true']);
      await pause(round);
      call.child.kill('SIGTERM');
      await call.done.catch(() => undefined);
    }
    const others = ['sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null | grep -vc " Z "'];
    await until('no other process', async () => /^[2-4]$/.test(succeed(await exec(id, others))));
  });
});
