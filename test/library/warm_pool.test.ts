import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Runtime, type PrewarmRequest, type RunRequest, type WarmPool } from '../../src/library/index.js';
import {
  afterTest,
  cgroup2Mount,
  describe,
  expect,
  isAlive,
  namesIn,
  makeBundle,
  newId,
  runtime as command,
  stateRoot,
  succeed,
  test,
  until,
  type Bundle,
  type Config,
} from '../oci/harness/index.js';

/** A runtime with a pool, closed after the test. */
async function prewarmed(request: PrewarmRequest): Promise<{ readonly runtime: Runtime; readonly pool: WarmPool }> {
  const runtime = new Runtime({ root: stateRoot });
  const pool = await runtime.prewarm(request);
  afterTest(() => pool.close());
  return { runtime, pool };
}

const run = (runtime: Runtime, bundle: Bundle, request: Partial<RunRequest> = {}) =>
  runtime.run({ id: newId(), bundle: bundle.directory, ...request });

const bundleOf = (script: string, config?: (config: Config) => unknown) =>
  makeBundle({ script, ...(config === undefined ? {} : { config }) });

const childrenOf = (pid: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid);

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0; // It has ended.
  }
}

const directoriesIn = (directory: string): readonly string[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(directory, name));

/** Removes these cgroups, unless they are in use. */
function removed(cgroups: readonly string[]): boolean {
  try {
    cgroups.forEach((cgroup) => rmdirSync(cgroup));
    return true;
  } catch {
    return false;
  }
}

/** The cgroups of a process's pools. */
function poolsOf(pid: number): readonly string[] {
  const above = join(cgroup2Mount ?? '', 'tsrun');
  // Others use it, and remove it when it is empty.
  return namesIn(above)
    .filter((name) => name.startsWith(`@warm-${pid}-`))
    .map((name) => join(above, name));
}

describe('a container from the pool', () => {
  test.each(['for its bundle', 'for any'])('is like any other container: slot %s', async (kind) => {
    const bundle = bundleOf(
      'cat; hostname; pwd; ls /proc/self/fd | wc -l; cat /proc/self/status | grep -E "NoNewPrivs|CapEff|NSpid"; cut -d" " -f2- /proc/self/mounts',
    );
    const cold = await run(new Runtime({ root: stateRoot }), bundle, { input: 'given\n' });
    const { runtime, pool } = await prewarmed({ count: 1, ...(kind === 'for any' ? {} : { bundle: bundle.directory }) });
    const warm = await run(runtime, bundle, { input: 'given\n' });
    expect(pool).toMatchObject({ warm: 1, cold: 0 });
    expect(warm).toEqual(cold);
  });

  test('can be listed, killed and deleted by the command', async () => {
    const { runtime, pool } = await prewarmed({ count: 1 });
    const container = await runtime.create({ id: newId(), bundle: bundleOf('sleep 1000').directory, stdio: 'ignore' });
    expect(pool.warm).toBe(1);
    succeed(await command(['start', container.id]));
    expect(container.state().status).toBe('running');
    succeed(await command(['delete', '--force', container.id]));
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('has the device rules of its own configuration', async () => {
    // The kernel's log; opening it for writing needs no capability.
    const bundle = (major: number) =>
      bundleOf('mknod /dev/log c 1 11 && : > /dev/log && echo opened', (config) => {
        config.linux.resources = {
          devices: [
            { allow: false, access: 'rwm' },
            { allow: true, type: 'c', major, minor: 11, access: 'rwm' },
          ],
        };
        config.process.capabilities = { bounding: ['CAP_MKNOD'], effective: ['CAP_MKNOD'], permitted: ['CAP_MKNOD'] };
      });
    const { runtime, pool } = await prewarmed({ count: 2 });
    expect((await run(runtime, bundle(1))).stdout).toBe('opened\n');
    expect((await run(runtime, bundle(2))).stderr).toMatch(/Operation not permitted/);
    expect(pool.warm).toBe(2);
  });

  test('fails like any other container, and leaves nothing behind', async () => {
    const bundle = makeBundle({ config: (config) => (config.process.args = ['/nowhere']) });
    const { runtime, pool } = await prewarmed({ count: 1, bundle: bundle.directory });
    await expect(run(runtime, bundle)).rejects.toMatchObject({ code: 'executable', path: '/nowhere' });
    // Whether the next slot is ready by now depends on the machine.
    expect(pool.warm).toBe(1);
    await pool.fill();
    expect(pool.ready).toBe(1);
  });

  test('is removed by an abort signal', async () => {
    const { runtime, pool } = await prewarmed({ count: 1 });
    const controller = new AbortController();
    const container = await runtime.create({
      id: newId(),
      bundle: bundleOf('sleep 1000').directory,
      stdio: 'ignore',
      signal: controller.signal,
    });
    await container.start();
    controller.abort();
    await expect(container.wait()).rejects.toMatchObject({ code: 'aborted' });
    expect(pool.warm).toBe(1);
    expect(isAlive(container.pid)).toBe(false);
  });

  test('survives the end of the pool', async () => {
    const { runtime, pool } = await prewarmed({ count: 2 });
    const container = await runtime.create({ id: newId(), bundle: bundleOf('sleep 1000').directory, stdio: 'ignore' });
    await container.start();
    await pool.close();
    expect(container.state().status).toBe('running');
    await container.delete({ force: true });
    expect(poolsOf(process.pid)).toEqual([]);
  });
});

describe('a container that does not fit the pool', () => {
  test.each<readonly [string, (config: Config) => unknown]>([
    ['names its cgroup', (config) => (config.linux.cgroupsPath = `/tsrun/${newId()}`)],
    [
      'shares the network',
      (config) => (config.linux.namespaces = (config.linux.namespaces ?? []).filter(({ type }) => type !== 'network')),
    ],
    ['has another hostname', (config) => (config.hostname = 'other')],
    ['has one mount more', (config) => config.mounts?.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs' })],
  ])('is created from scratch: it %s', async (_, change) => {
    const { runtime, pool } = await prewarmed({ count: 1, bundle: bundleOf('echo made').directory });
    expect((await run(runtime, bundleOf('echo made', change))).stdout).toBe('made\n');
    expect(pool).toMatchObject({ warm: 0, cold: 1, ready: 1 });
  });

  test('is created from scratch if its root is another directory now', async () => {
    const bundle = bundleOf('cat /new');
    const { runtime, pool } = await prewarmed({ count: 1, bundle: bundle.directory });
    renameSync(bundle.rootfs, `${bundle.rootfs}.old`);
    const other = makeBundle();
    writeFileSync(`${other.rootfs}/new`, 'new');
    renameSync(other.rootfs, bundle.rootfs);
    expect((await run(runtime, bundle)).stdout).toBe('new');
    expect(pool.cold).toBe(1);
  });
});

describe('the pool', () => {
  test('is for the same bundle after the program has changed its working directory', async () => {
    const bundle = bundleOf('echo made');
    const before = process.cwd();
    process.chdir(bundle.directory);
    afterTest(() => process.chdir(before));
    const { runtime, pool } = await prewarmed({ count: 1, bundle: '.' });
    process.chdir('/');
    expect((await run(runtime, bundle)).stdout).toBe('made\n');
    await pool.fill();
    expect(pool).toMatchObject({ warm: 1, ready: 1 });
  });

  test('gives containers the priority that the program has set, as they have it without a pool, one at a time or at once', async () => {
    const bundle = bundleOf('cut -d" " -f19 /proc/self/stat');
    const before = getPriority();
    setPriority(before + 3);
    afterTest(() => setPriority(before));
    const { runtime } = await prewarmed({ count: 2, bundle: bundle.directory });
    const alone = new Runtime({ root: stateRoot });
    const [one, two, three] = await Promise.all([run(runtime, bundle), run(alone, bundle), run(alone, bundle)]);
    const last = await run(alone, bundle);
    for (const { stdout } of [one, two, three, last]) expect(stdout).toBe(`${before + 3}\n`);
  });

  test('does not share anything between its containers', async () => {
    const { runtime, pool } = await prewarmed({ count: 2 });
    const bundle = bundleOf(
      'for n in pid net ipc uts mnt; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup; ls /dev/shm; touch /dev/shm/mine',
    );
    const [one, other] = await Promise.all([run(runtime, bundle), run(runtime, bundle)]);
    expect(pool.warm).toBe(2);
    const lines = [one, other].map(({ stdout }) => stdout.trim().split('\n'));
    expect(lines[0]).toHaveLength(lines[1]?.length ?? 0);
    for (const namespace of lines[0]?.slice(0, 5) ?? []) expect(lines[1]).not.toContain(namespace);
    expect([one, other].map(({ stdout }) => stdout).join('')).not.toContain('mine');
  });

  test('gives a warm slot to one container only', async () => {
    const { runtime, pool } = await prewarmed({ count: 1 });
    const bundle = bundleOf('echo $$');
    const results = await Promise.all(Array.from({ length: 4 }, () => run(runtime, bundle)));
    expect(results.map(({ stdout }) => stdout)).toEqual(['1\n', '1\n', '1\n', '1\n']);
    expect(pool.warm + pool.cold).toBe(4);
    expect(pool.cold).toBeGreaterThan(0);
  });

  test('is refilled, and never above its size', async () => {
    const { runtime, pool } = await prewarmed({ count: 2 });
    const before = childrenOf(process.pid).length;
    await run(runtime, bundleOf('true'));
    await until('a full pool', () => pool.ready === 2);
    await Promise.all([pool.fill(), pool.fill()]);
    expect(pool.ready).toBe(2);
    await until('no more processes than before', () => childrenOf(process.pid).length <= before);
  });

  test('skips a warm slot that somebody has killed', async () => {
    const { runtime, pool } = await prewarmed({ count: 1 });
    const slot = childrenOf(process.pid).filter((pid) => readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net'));
    for (const pid of slot) process.kill(pid, 'SIGKILL');
    await until('the end of the slot', () => slot.every((pid) => !isAlive(pid)));
    expect((await run(runtime, bundleOf('echo made'))).stdout).toBe('made\n');
    expect(pool).toMatchObject({ warm: 0, cold: 1 });
  });

  test('leaves nothing behind when it is closed', async () => {
    const before = childrenOf(process.pid);
    const { pool } = await prewarmed({ count: 3 });
    expect(poolsOf(process.pid)).toHaveLength(1);
    await pool.close();
    await pool.close();
    expect(childrenOf(process.pid).filter((pid) => !before.includes(pid))).toEqual([]);
    expect(poolsOf(process.pid)).toEqual([]);
  });

  test('is not the only one: pools of several bundles are open at once, and each is used for its own', async () => {
    const runtime = new Runtime({ root: stateRoot });
    afterTest(() => runtime.close());
    const bundles = [bundleOf('echo one'), bundleOf('echo two')] as const;
    const pools = await Promise.all(bundles.map(({ directory }) => runtime.prewarm({ count: 1, bundle: directory })));
    expect(poolsOf(process.pid)).toHaveLength(2);
    const results = await Promise.all(bundles.map((bundle) => run(runtime, bundle)));
    expect(results.map(({ stdout }) => stdout)).toEqual(['one\n', 'two\n']);
    expect(pools.map(({ warm, cold }) => [warm, cold])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    await pools[1]?.close();
    expect(runtime.pool).toBe(pools[0]);
    expect((await run(runtime, bundles[1])).stdout).toBe('two\n');
    await pools[0]?.close();
    expect(runtime.pool).toBeNull();
    expect(poolsOf(process.pid)).toEqual([]);
  });

  test('is closed with its runtime, which then creates nothing more', async () => {
    const { runtime, pool } = await prewarmed({ count: 1 });
    const late = runtime.prewarm({ count: 1 });
    await runtime.close();
    await runtime.close();
    expect([pool.ready, (await late).ready, runtime.pool]).toEqual([0, 0, null]);
    expect(poolsOf(process.pid)).toEqual([]);
    await expect(run(runtime, bundleOf('true'))).rejects.toMatchObject({ code: 'usage', message: 'create: the runtime is closed' });
    await expect(runtime.prewarm({ count: 1 })).rejects.toMatchObject({ code: 'usage' });
  });

  test.each([0, -1, 1.5, 1_000_000])('cannot have %s slots', async (count) => {
    await expect(new Runtime({ root: stateRoot }).prewarm({ count })).rejects.toMatchObject({ code: 'usage' });
  });

  test('is refused for a bundle that could never use it', async () => {
    const bundle = bundleOf('true', (config) => (config.linux.cgroupsPath = '/elsewhere'));
    await expect(new Runtime({ root: stateRoot }).prewarm({ count: 1, bundle: bundle.directory })).rejects.toMatchObject({
      code: 'unsupported',
    });
  });

  test('leaves nothing behind if it cannot be created', async () => {
    const bundle = bundleOf('true', (config) =>
      config.mounts?.push({ destination: '/data', type: 'bind', source: '/no/such/source', options: ['bind'] }),
    );
    const runtime = new Runtime({ root: stateRoot });
    await expect(runtime.prewarm({ count: 2, bundle: bundle.directory })).rejects.toThrow('/no/such/source');
    expect(runtime.pool).toBeNull();
    expect(poolsOf(process.pid)).toEqual([]);
  });
});

describe('a program with a pool', () => {
  const program = (rest: string) => `
    import { Runtime } from '${join(import.meta.dirname, '../../dist/library/index.js')}';
    const runtime = new Runtime({ root: '${stateRoot}' });
    await runtime.prewarm({ count: 3 });
    console.log('ready');
    ${rest}`;

  const begin = (rest: string) => {
    mkdirSync(stateRoot, { recursive: true });
    return spawn(process.execPath, ['--input-type=module', '-e', program(rest)], { stdio: ['ignore', 'pipe', 'inherit'] });
  };

  test('leaves nothing behind when it is killed', async () => {
    const owner = begin('setInterval(() => undefined, 1000);');
    afterTest(() => owner.kill('SIGKILL'));
    await once(owner.stdout, 'data');
    const pid = owner.pid ?? 0;
    const processes = childrenOf(pid);
    // Three slots and the reaper.
    expect(processes).toHaveLength(4);
    expect(poolsOf(pid)).toHaveLength(1);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await until('the end of everything', () => processes.every((one) => !isAlive(one)) && poolsOf(pid).length === 0);
  });

  test('removes no cgroup that belongs to somebody else by then', async () => {
    const owner = begin('setInterval(() => undefined, 1000);');
    afterTest(() => owner.kill('SIGKILL'));
    await once(owner.stdout, 'data');
    const processes = childrenOf(owner.pid ?? 0);
    const [pool = ''] = poolsOf(owner.pid ?? 0);
    const reaper = processes.find((pid) => !readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes('@warm-')) ?? 0;
    process.kill(reaper, 'SIGSTOP');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await until('the end of the slots', () => processes.every((one) => one === reaper || !isAlive(one)));
    // A zombie may still be about to leave its cgroup.
    await until('the cgroups are removed', () => removed([...directoriesIn(pool), pool]));
    mkdirSync(join(pool, 'below'), { recursive: true });
    afterTest(() => {
      rmdirSync(join(pool, 'below'));
      rmdirSync(pool);
    });
    process.kill(reaper, 'SIGCONT');
    await until('the end of the reaper', () => !isAlive(reaper));
    expect(existsSync(join(pool, 'below'))).toBe(true);
  });

  test('exits by itself, and leaves nothing behind', async () => {
    const owner = begin('');
    const output = text(owner.stdout);
    const [code] = (await once(owner, 'exit')) as [number];
    expect({ code, output: await output }).toEqual({ code: 0, output: 'ready\n' });
    await until('the removal of the cgroups', () => poolsOf(owner.pid ?? 0).length === 0);
  });
});
