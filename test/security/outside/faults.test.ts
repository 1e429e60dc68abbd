import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  afterTest,
  can,
  cgroup2Mount,
  created,
  describe,
  exec,
  expect,
  fail,
  gone,
  makeBundle,
  mark,
  namesIn,
  newDirectory,
  newId,
  pause,
  program,
  run,
  running,
  runtime,
  start,
  startRuntime,
  stateOf,
  succeed,
  test,
  until,
  untilStatus,
  type Config,
  type Started,
  isAlive,
  untilTold,
} from '../harness/index.js';

const rounds = 40;

/** Milliseconds that a call takes here. */
async function duration(call: () => Promise<unknown>): Promise<number> {
  const began = Date.now();
  await call();
  return Date.now() - began;
}

/** Kills a call at moments spread over `whole` milliseconds. */
async function killedAt(call: Started, whole: number, round: number): Promise<void> {
  await pause((whole * round) / rounds);
  call.child.kill('SIGKILL');
  await call.done.catch(() => undefined);
}

/** For create and delete see test/oci/lifecycle/faults.test.ts. */
describe('a runtime killed at any moment', () => {
  test.each(['run', 'run in namespaces of its own and of others'])(
    'of %s leaves only what delete --force removes',
    { timeout: 120_000 },
    async (kind) => {
      const bundle = makeBundle({
        args: ['sleep', '0.05'],
        config: (config) => {
          if (kind === 'run') return;
          // Created by another clone: a new user namespace, while another namespace is joined.
          config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'network');
          config.linux.namespaces.push({ type: 'user' }, { type: 'network', path: '/proc/self/ns/net' });
          config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
          config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
          config.mounts = config.mounts.filter(({ type }) => type !== 'sysfs' && type !== 'cgroup');
        },
        owner: kind === 'run' ? 0 : 100000,
      });
      const whole = await duration(async () => succeed(await run(bundle)));
      for (let round = 0; round < rounds; round++) {
        const id = newId();
        await killedAt(startRuntime(['run', '--bundle', bundle.directory, id]), whole, round);
        succeed(await runtime(['delete', '--force', id]));
        await gone(id);
      }
    },
  );

  test('of exec leaves the container unchanged, and no other process', { timeout: 120_000 }, async () => {
    const { id } = await running();
    const { pid } = await stateOf(id);
    const whole = 2 * (await duration(async () => succeed(await exec(id, ['true']))));
    for (let round = 0; round < rounds; round++) {
      await killedAt(startRuntime(['exec', id, 'true']), whole, round);
    }
    expect((await stateOf(id)).pid).toBe(pid);
    // The first process, and this one. A process that ended is a zombie until the first process, whose child it became, has reaped it.
    const others = ['sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null | grep -vc " Z "'];
    await until('no other process', async () => /^[2-4]$/.test(succeed(await exec(id, others))));
    succeed(await runtime(['delete', '--force', id]));
    await gone(id);
  });

  test('of pause and resume leaves a container that can be deleted', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await running();
      for (const verb of ['pause', 'resume', 'pause'] as const) {
        const call = startRuntime([verb, id]);
        await pause(round % 5);
        call.child.kill('SIGKILL');
        await call.done.catch(() => undefined);
      }
      succeed(await runtime(['delete', '--force', id]));
      await gone(id);
    }
  });
});

describe('an init that is killed', () => {
  test('while it waits for its start can be deleted', async () => {
    const { id } = await created();
    const { pid } = await stateOf(id);
    process.kill(pid, 'SIGKILL');
    await until('its end', () => !isAlive(pid));
    fail(await runtime(['start', id]));
    succeed(await runtime(['delete', '--force', id]));
    await gone(id);
  });

  test('after it was told to start, but before it reacts, makes start fail', async () => {
    const { id } = await created();
    const { pid } = await stateOf(id);
    process.kill(pid, 'SIGSTOP');
    const start = startRuntime(['start', id], { timeout: 20_000 });
    await untilTold(id, start.pid);
    process.kill(pid, 'SIGKILL');
    expect(fail(await start.done)).toMatch(/its init process ended before it was started/);
    await untilStatus(id, 'stopped');
  });

  test('or only stopped then makes start fail, too', { timeout: 30_000 }, async () => {
    const { id } = await created();
    const { pid } = await stateOf(id);
    process.kill(pid, 'SIGSTOP');
    expect(fail(await runtime(['start', id], { timeout: 20_000 }))).toMatch(/was stopped before it executed the program/);
    process.kill(pid, 'SIGCONT');
    await untilStatus(id, 'running');
  });

  test('by its own hook, which also stops it, makes start fail, too', { timeout: 30_000 }, async () => {
    const stop = (config: Config): void => {
      config.hooks = { startContainer: [{ path: '/bin/sh', args: ['sh', '-c', 'kill -STOP $PPID'] }] };
      // The first process of a pid namespace cannot be stopped from inside.
      config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'pid');
    };
    const { id } = await created({ bundle: makeBundle({ config: stop }) });
    expect(fail(await runtime(['start', id], { timeout: 20_000 }))).toMatch(/was stopped before it executed the program/);
    succeed(await runtime(['delete', '--force', id]));
    await gone(id);
  });

  test('while exec enters its namespaces makes exec fail with a clear message', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 20; round++) {
      const { id } = await running();
      const { pid } = await stateOf(id);
      const call = startRuntime(['exec', id, 'sleep', '5'], { timeout: 8_000 });
      await pause(round / 2);
      process.kill(pid, 'SIGKILL');
      const outcome = await call.done;
      expect(outcome.code).not.toBe(0);
      expect(outcome.stderr).not.toMatch(/(?:fault of|bug in) tsrun|TypeError|undefined/);
      succeed(await runtime(['delete', '--force', id]));
      await gone(id);
    }
  });
});

describe('create fails cleanly for lack of', () => {
  test('a writable state root', async () => {
    const root = newDirectory();
    const id = newId();
    const script = `mount -t tmpfs -o ro tmpfs ${root} && exec "$@"`;
    const outcome = await runtime(['create', '--bundle', makeBundle().directory, id], {
      root,
      wrapper: ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh'],
    });
    expect(fail(outcome)).toMatch(/read-only file system/);
    await gone(id);
  });

  test('a state root that is a directory', async () => {
    const { directory } = makeBundle();
    const id = newId();
    expect(fail(await runtime(['create', '--bundle', directory, id], { root: `${directory}/config.json` }))).toMatch(/not a directory/);
    await gone(id);
  });

  // One limit for each descriptor that create opens, so each of them fails once. With fewer than four of its own it cannot even remove a
  // directory.
  test('descriptors', { timeout: 120_000 }, async () => {
    const bundle = makeBundle({ config: (config) => (config.process.rlimits = []) });
    let worked = 0;
    for (let limit = 7; limit < 30; limit++) {
      const id = newId();
      const outcome = await runtime(['create', '--bundle', bundle.directory, id], { wrapper: ['prlimit', `--nofile=${limit}:${limit}`] });
      if (outcome.code === 0) {
        worked += 1;
        succeed(await runtime(['delete', '--force', id]));
      } else {
        expect(outcome.stderr, `limit ${limit}`).toMatch(/too many open files \(EMFILE\)/);
      }
      await gone(id);
    }
    expect(worked).toBeGreaterThan(0);
    expect(worked).toBeLessThan(23);
  });

  test('space for files', async () => {
    const id = newId();
    const outcome = await runtime(['create', '--bundle', makeBundle().directory, id], {
      wrapper: ['sh', '-c', 'ulimit -f 0; trap "" XFSZ; exec "$@"', 'sh'],
    });
    // The message could not be written either.
    fail(outcome);
    await gone(id);
  });

  test('space for files, even if SIGXFSZ kills it', async () => {
    const id = newId();
    await runtime(['create', '--bundle', makeBundle().directory, id], { wrapper: ['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh'] }).catch(
      () => undefined,
    );
    succeed(await runtime(['delete', '--force', id]));
    await gone(id);
  });
});

describe.runIf(can.cgroup2)('a runtime that is killed before it claims a cgroup that it made above those of containers', () => {
  const wrapper = [program('die_unclaimed')];

  test('of create leaves one that is removed with the container', async () => {
    const id = newId();
    const above = `${mark}-unclaimed`;
    const bundle = makeBundle({ config: (config) => (config.linux.cgroupsPath = `/${above}/${id}`) });
    await expect(runtime(['create', '--bundle', bundle.directory, id], { wrapper })).rejects.toThrow('killed by SIGSYS');
    expect(existsSync(`${cgroup2Mount}/${above}`)).toBe(true);
    succeed(await runtime(['delete', '--force', id]));
    expect(existsSync(`${cgroup2Mount}/${above}`)).toBe(false);
  });

  test('of create leaves one that the next container removes, if another used it meanwhile', async () => {
    const [id, other] = [newId(), newId()];
    const above = `${mark}-unclaimed`;
    const below = (name: string): string =>
      makeBundle({ args: ['sleep', '1000'], config: (config) => (config.linux.cgroupsPath = `/${above}/${name}`) }).directory;
    await expect(runtime(['create', '--bundle', below(id), id], { wrapper })).rejects.toThrow('killed by SIGSYS');
    succeed(await runtime(['create', '--bundle', below(other), other]));
    succeed(await runtime(['delete', '--force', id]));
    succeed(await runtime(['delete', '--force', other]));
    succeed(await runtime(['create', '--bundle', below(id), id]));
    succeed(await runtime(['delete', '--force', id]));
    expect(existsSync(`${cgroup2Mount}/${above}`)).toBe(false);
  });

  test('of a pool leaves one that its reaper removes', async () => {
    const library = join(import.meta.dirname, '../../../dist/library/index.js');
    const script = `const { Runtime } = await import('${library}'); await new Runtime({ root: '${newDirectory()}' }).prewarm({ count: 1 });`;
    const owner = start([...wrapper, process.execPath, '--input-type=module', '-e', script]);
    await expect(owner.done).rejects.toThrow('killed by SIGSYS');
    const own = `${cgroup2Mount}/tsrun`;
    // Other users of the directory create and remove it, too.
    const left = (): readonly string[] => namesIn(own).filter((name) => name.startsWith(`@warm-${owner.pid}-`));
    await until('the reaper is done', () => left().length === 0);
  });

  test('not even an empty one of somebody else is removed', async () => {
    const id = newId();
    const above = `${cgroup2Mount}/${mark}-others`;
    mkdirSync(above);
    afterTest(() => {
      rmdirSync(above);
    });
    const bundle = makeBundle({ config: (config) => (config.linux.cgroupsPath = `/${mark}-others/${id}`) });
    succeed(await runtime(['create', '--bundle', bundle.directory, id]));
    succeed(await runtime(['delete', '--force', id]));
    expect(existsSync(above)).toBe(true);
  });
});

describe('a state directory that something else created', () => {
  test.each([
    ['a file', 'state.json', 'x'],
    ['nothing', '', ''],
    ['the state of another version', 'state.json', '{"version": 99}'],
  ])('with %s in it can only be deleted by force', async (_name, file, text) => {
    const root = newDirectory();
    const id = newId();
    mkdirSync(`${root}/${id}`);
    if (file !== '') writeFileSync(`${root}/${id}/${file}`, text);
    expect(fail(await runtime(['create', '--bundle', makeBundle().directory, id], { root }))).toMatch(/exists/);
    fail(await runtime(['start', id], { root }));
    succeed(await runtime(['delete', '--force', id], { root }));
    expect(readdirSync(root)).not.toContain(id);
  });
});

test('none of these tests leaves anything in the hierarchy', () => {
  if (!can.cgroup2) return;
  const own = `${cgroup2Mount}/tsrun`;
  expect(namesIn(own).filter((name) => name.includes(mark))).toEqual([]);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(mark);
});
