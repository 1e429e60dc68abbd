import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import {
  can,
  created,
  describe,
  expect,
  fail,
  makeBundle,
  newId,
  newPath,
  run,
  running,
  runtime,
  stateOf,
  stopped,
  succeed,
  test,
  until,
  type Config,
  type Hook,
  type HookKind,
} from '../harness/index.js';

const kinds: readonly HookKind[] = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'];
/** Hooks that run with the container's root: /bin/sh is busybox, and nothing of the host can be written. */
const insideKinds: readonly HookKind[] = ['startContainer'];

function shell(script: string, more: Partial<Hook> = {}): Hook {
  return { path: '/bin/sh', args: ['sh', '-c', script], env: ['PATH=/bin:/usr/bin'], ...more };
}

const hook =
  (kind: HookKind, ...hooks: Hook[]) =>
  (config: Config) =>
    void (config.hooks = { ...config.hooks, [kind]: hooks });

const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

describe('hooks', () => {
  test.runIf(can.poststartAtStart)('run in the order of the specification', async () => {
    const log = newPath();
    const config = (one: Config): void => {
      for (const kind of kinds) hook(kind, shell(`echo ${kind} >> ${insideKinds.includes(kind) ? '/log' : log}`))(one);
      // In the container's root, the file has another name.
      one.mounts.push({ destination: '/log', type: 'bind', source: log, options: ['bind'] });
    };
    writeFileSync(log, '');
    const container = await created({ config });
    expect(read(log).split('\n').filter(Boolean)).toEqual(['prestart', 'createRuntime', 'createContainer']);
    succeed(await runtime(['start', container.id]));
    await until('poststart', () => read(log).includes('poststart'));
    expect(read(log).split('\n').filter(Boolean).slice(3)).toEqual(['startContainer', 'poststart']);
    succeed(await runtime(['delete', '--force', container.id]));
    expect(read(log).split('\n').filter(Boolean).slice(5)).toEqual(['poststop']);
  });

  test('of one kind run one after the other', async () => {
    const log = newPath();
    await created({
      config: hook('createRuntime', shell(`sleep 0.1; echo 1 >> ${log}`), shell(`echo 2 >> ${log}`), shell(`echo 3 >> ${log}`)),
    });
    expect(read(log)).toBe('1\n2\n3\n');
  });

  test.each([
    ['prestart', 'creat(ing|ed)'],
    ['createRuntime', 'creat(ing|ed)'],
    ['createContainer', 'creat(ing|ed)'],
    ...(can.poststartAtStart ? ([['poststart', 'running']] as const) : []),
    ['poststop', 'stopped'],
  ] as const)('%s gets the state on its standard input', async (kind, status) => {
    const file = newPath('.json');
    const container = await running({
      config: (config) => {
        config.annotations = { 'org.example.key': 'value' };
        hook(kind, shell(`cat > ${file}`))(config);
      },
    });
    const { pid } = await stateOf(container.id);
    if (kind === 'poststop') succeed(await runtime(['delete', '--force', container.id]));
    const state = JSON.parse(read(file)) as Record<string, unknown>;
    expect(state).toMatchObject({ id: container.id, bundle: container.bundle.directory, annotations: { 'org.example.key': 'value' } });
    expect(state['status']).toMatch(new RegExp(`^${status}$`));
    expect(state['ociVersion']).toMatch(/^1\./);
    // Those on the host. The specification does not say what the pid is in the container's own namespace.
    if (kind !== 'poststop' && kind !== 'createContainer') expect(state['pid']).toBe(pid);
  });

  test.runIf(can.runcCommand)('startContainer gets the state inside the container', async () => {
    const container = await running({
      config: (config) => {
        config.mounts.push({ destination: '/hook', type: 'tmpfs', source: 'tmpfs' });
        hook('startContainer', shell('cat > /hook/state'))(config);
      },
    });
    const text = succeed(await runtime(['exec', container.id, 'cat', '/hook/state']));
    expect(JSON.parse(text)).toMatchObject({ id: container.id, status: expect.stringMatching(/^created$|^creating$/) as string });
  });

  test('get their arguments and their environment, and no other', async () => {
    const file = newPath();
    const one: Hook = {
      path: '/bin/sh',
      args: ['name', '-c', `echo "$0" "$1" > ${file}; env >> ${file}`, 'first', 'second'],
      env: ['PATH=/bin:/usr/bin', 'A=b c'],
    };
    succeed(await run(makeBundle({ args: ['true'], config: hook('createRuntime', one) }), { env: { LEAKED: 'yes' } }));
    const lines = read(file).trimEnd().split('\n');
    expect(lines[0]).toBe('first second');
    expect(lines).toContain('A=b c');
    expect(lines.join()).not.toContain('LEAKED');
  });

  test.each(['prestart', 'createRuntime', 'poststart', 'poststop'] as const)(
    "%s without env gets the runtime's environment",
    async (kind) => {
      const file = newPath();
      const { env: _, ...bare } = shell(`env > ${file}`);
      succeed(await run(makeBundle({ args: ['true'], config: hook(kind, bare) }), { env: { INHERITED: 'from outside' } }));
      expect(read(file).split('\n')).toContain('INHERITED=from outside');
    },
  );

  test("startContainer without env gets the program's environment", async () => {
    const bundle = makeBundle({
      args: ['cat', '/hook/env'],
      config: (config) => {
        config.mounts.push({ destination: '/hook', type: 'tmpfs', source: 'tmpfs' });
        config.process.env = ['PATH=/bin', 'OF_THE_PROCESS=a b'];
        const { env: _, ...bare } = shell('env > /hook/env');
        hook('startContainer', bare)(config);
      },
    });
    const seen = succeed(await run(bundle, { env: { INHERITED: 'from outside' } })).split('\n');
    expect(seen).toContain('OF_THE_PROCESS=a b');
    expect(seen).not.toContain('INHERITED=from outside');
  });

  test('with an empty env get none', async () => {
    const file = newPath();
    succeed(
      await run(makeBundle({ args: ['true'], config: hook('createRuntime', shell(`env > ${file}`, { env: [] })) }), {
        env: { INHERITED: 'from outside' },
      }),
    );
    expect(read(file)).not.toContain('INHERITED');
  });

  test("run in the bundle's directory", async () => {
    const file = newPath();
    const container = await created({ config: hook('createRuntime', shell(`pwd > ${file}`)) });
    expect(read(file).trim()).toBe(container.bundle.directory);
  });

  test.each(['prestart', 'createRuntime', 'poststart', 'poststop'] as const)('%s runs in the namespaces of the host', async (kind) => {
    const file = newPath();
    const container = await stopped({ config: hook(kind, shell(`readlink /proc/self/ns/mnt /proc/self/ns/net > ${file}`)) });
    succeed(await runtime(['delete', container.id]));
    expect(read(file).trim().split('\n')).toEqual([readlinkSync('/proc/self/ns/mnt'), readlinkSync('/proc/self/ns/net')]);
  });

  test('createContainer runs in the namespaces of the container, before the root is switched', async () => {
    const file = newPath();
    const container = await created({ config: hook('createContainer', shell(`readlink /proc/self/ns/mnt /proc/self/ns/net > ${file}`)) });
    const { pid } = await stateOf(container.id);
    expect(read(file).trim().split('\n')).toEqual([readlinkSync(`/proc/${pid}/ns/mnt`), readlinkSync(`/proc/${pid}/ns/net`)]);
  });

  test.runIf(can.currentRuncWords)("startContainer without env has all of the program's environment", async () => {
    const container = await running({
      config: (config) => {
        config.process.env = ['PATH=/bin', 'ONE=two'];
        config.mounts.push({ destination: '/hook', type: 'tmpfs', source: 'tmpfs' });
        hook('startContainer', { path: '/bin/sh', args: ['sh', '-c', 'echo "$ONE $HOME" > /hook/environment'] })(config);
      },
    });
    expect(succeed(await runtime(['exec', container.id, 'cat', '/hook/environment']))).toMatch(/^two \/\w*$/m);
  });

  test.runIf(can.poststartAtStart)('do not run for other commands', async () => {
    const log = newPath();
    const container = await created({ config: hook('poststart', shell(`echo ran >> ${log}`)) });
    await stateOf(container.id);
    succeed(await runtime(['exec', container.id, 'true']));
    expect(existsSync(log)).toBe(false);
  });
});

describe('a hook that fails', () => {
  const failing = shell('echo what went wrong >&2; exit 3');

  test.each(['prestart', 'createRuntime', 'createContainer'] as const)(
    'of kind %s makes create fail, and nothing is left',
    async (kind) => {
      const id = newId();
      fail(await runtime(['create', '--bundle', makeBundle({ config: hook(kind, failing) }).directory, id]));
      fail(await runtime(['state', id]));
    },
  );

  test('of kind startContainer keeps the program from running', async () => {
    const container = await created({ script: 'echo ran', config: hook('startContainer', failing) });
    await runtime(['start', container.id]);
    await until('stopped', async () => (await stateOf(container.id)).status === 'stopped');
    expect(container.output()).not.toContain('ran');
  });

  test('keeps later hooks from running', async () => {
    const log = newPath();
    fail(await run(makeBundle({ args: ['true'], config: hook('createRuntime', failing, shell(`echo ran >> ${log}`)) })));
    expect(existsSync(log)).toBe(false);
  });

  // runc reports failing startContainer hooks, but its caller gets no failure.
  test.runIf(can.runcCommand).each(['createRuntime', 'createContainer', ...(can.tsrun ? (['startContainer'] as const) : [])] as const)(
    'of kind %s is named, and its output is quoted',
    async (kind) => {
      const message = fail(await run(makeBundle({ args: ['true'], config: hook(kind, shell('true'), failing) })));
      expect(message).toContain(`error running ${kind} hook #1:`);
      expect(message).toMatch(/exit status 3.*what went wrong/s);
    },
  );

  test.runIf(can.tsrun)('is reported if the seccomp profile, which also applies to startContainer hooks, killed it', async () => {
    const config = (one: Config): void => {
      hook('startContainer', shell('mkdir /tmp/x'))(one);
      one.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_KILL_PROCESS' }] };
      one.process.rlimits = [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }];
    };
    expect(fail(await run(makeBundle({ args: ['true'], config })))).toMatch(/startContainer hook #0:.*bad system call/);
  });

  test('of kind poststop does not keep the container from being deleted', async () => {
    const container = await stopped({ config: hook('poststop', failing) });
    await runtime(['delete', container.id]);
    fail(await runtime(['state', container.id]));
  });

  test.runIf(can.tsrun)('of kind poststop makes run warn, with its number', async () => {
    const config = (one: Config): void => {
      one.hooks = { poststop: [{ path: '/bin/true' }, failing, { path: '/bin/true' }, failing] };
    };
    const { code, stderr } = await run(makeBundle({ args: ['true'], config }));
    expect(code).toBe(0);
    expect(stderr.match(/poststop hook #\d/g)).toEqual(['poststop hook #1', 'poststop hook #3']);
  });

  test('of kind poststart is reported even if the program has ended by itself', async () => {
    const container = await created({
      args: ['true'],
      config: hook('poststart', { path: '/bin/sh', args: ['sh', '-c', 'sleep 0.5; exit 3'] }),
    });
    expect(fail(await runtime(['start', container.id]))).toMatch(/exit status 3/);
  });

  test('is reported if its program does not exist', async () => {
    expect(fail(await run(makeBundle({ args: ['true'], config: hook('createRuntime', { path: '/no/where' }) })))).toMatch(/\/no\/where/);
  });

  test('is reported if its path is not absolute', async () => {
    fail(await run(makeBundle({ args: ['true'], config: hook('createRuntime', { path: 'sh' }) })));
  });

  test('is killed and reported after its timeout', async () => {
    // The call is given up long before this hook would end.
    const endless = { path: '/bin/sleep', args: ['sleep', '1000'], timeout: 1 };
    fail(await run(makeBundle({ args: ['true'], config: hook('createRuntime', endless) })));
  });
});
