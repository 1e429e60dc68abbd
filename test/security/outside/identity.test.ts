import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  childrenOf,
  commandLine,
  created,
  describe,
  expect,
  fail,
  isAlive,
  isStopped,
  makeBundle,
  newDirectory,
  newId,
  newPath,
  pause,
  running,
  runtime,
  startRuntime,
  stateOf,
  stateRoot,
  stopped,
  succeed,
  test,
  until,
  untilStatus,
  untilTold,
} from '../harness/index.js';

/** A process of the host that belongs to no container. */
function bystander(): number {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  afterTest(() => child.kill('SIGKILL'));
  return child.pid as number;
}

function startTime(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]);
}

/** Writes a state directory which claims that this process is a container. */
function forge(root: string, id: string, pid: number, changes: Readonly<Record<string, unknown>> = {}): string {
  const record = {
    version: 1,
    ociVersion: '1.2.0',
    id,
    pid,
    startTime: startTime(pid),
    bundle: '/',
    rootfs: '/',
    created: '',
    owner: 'root',
    cgroup: null,
    cgroupParents: [],
    noNewKeyring: false,
    spec: {},
    ...changes,
  };
  mkdirSync(`${root}/${id}`, { mode: 0o700 });
  writeFileSync(`${root}/${id}/state.json`, JSON.stringify(record));
  return `${root}/${id}`;
}

describe('a container whose id was reused', () => {
  test('is not removed by the run of the earlier container', async () => {
    const bundle = makeBundle();
    const id = newId();
    const first = startRuntime(['run', '--bundle', bundle.directory, id]);
    const { pid } = await until('it runs', async () => {
      const outcome = await runtime(['state', id]);
      return outcome.code === 0 && outcome.stdout.includes('"running"') && (JSON.parse(outcome.stdout) as { pid: number });
    });
    first.child.kill('SIGSTOP');
    await until('it is stopped', () => isStopped(first.pid));
    process.kill(pid, 'SIGKILL');
    await untilStatus(id, 'stopped');
    succeed(await runtime(['delete', id]));
    succeed(await runtime(['run', '-d', '--bundle', makeBundle().directory, id]));
    const { pid: next } = await stateOf(id);
    first.child.kill('SIGCONT');
    expect((await first.done).code).toBe(137);
    expect(isAlive(next)).toBe(true);
    expect((await stateOf(id)).pid).toBe(next);
  });

  test('is not removed by a failing create', async () => {
    const id = newId();
    const moved = `${stateRoot}/${newId()}`;
    const script = `mv ${stateRoot}/${id} ${moved}; mkdir -m 700 ${stateRoot}/${id}; echo theirs > ${stateRoot}/${id}/file; exit 1`;
    const bundle = makeBundle({
      config: (config) => (config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', script] }] }),
    });
    expect(fail(await runtime(['create', '--bundle', bundle.directory, id]))).toContain('hook');
    expect(readFileSync(`${stateRoot}/${id}/file`, 'utf8')).toBe('theirs\n');
    // Its own directory is empty, wherever it is now.
    expect(readdirSync(moved)).toEqual([]);
    rmSync(moved, { recursive: true });
  });

  test('is waited for by delete --force while it is being created', async () => {
    const id = newId();
    const go = newPath();
    const hook = { path: '/bin/sh', args: ['sh', '-c', `until [ -e ${go} ]; do sleep 0.01; done`], env: ['PATH=/bin:/usr/bin'] };
    const bundle = makeBundle({ config: (config) => (config.hooks = { createRuntime: [hook] }) });
    const creation = startRuntime(['create', '--bundle', bundle.directory, id]);
    await until('its directory', () => existsSync(`${stateRoot}/${id}`));
    expect(fail(await runtime(['start', id]))).toMatch(/does not exist|being created/);
    expect(fail(await runtime(['delete', id]))).toMatch(/does not exist|being created/);
    const deletion = startRuntime(['delete', '--force', id]);
    await pause(200);
    expect([creation.child.exitCode, deletion.child.exitCode]).toEqual([null, null]);
    writeFileSync(go, '');
    succeed(await deletion.done);
    succeed(await creation.done);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });
});

describe('a container record', () => {
  test('of another boot does not identify a process that has the same pid now', async () => {
    const root = newDirectory();
    const [id, pid] = [newId(), bystander()];
    forge(root, id, pid, { bootId: '00000000-0000-0000-0000-000000000000' });
    expect(JSON.parse(succeed(await runtime(['state', id], { root })))).toMatchObject({ status: 'stopped', pid: 0 });
    expect(fail(await runtime(['kill', id, 'KILL'], { root }))).toContain('not running');
    succeed(await runtime(['delete', '--force', id], { root }));
    expect(isAlive(pid)).toBe(true);
  });

  test('with another start time does not either', async () => {
    const root = newDirectory();
    const [id, pid] = [newId(), bystander()];
    forge(root, id, pid, { startTime: startTime(pid) - 1 });
    fail(await runtime(['kill', id, 'KILL'], { root }));
    succeed(await runtime(['delete', '--force', id], { root }));
    expect(isAlive(pid)).toBe(true);
  });

  test.each(['state', 'kill', 'start', 'delete', 'delete --force', 'exec'])(
    'that another user wrote is not trusted by %s',
    async (verb) => {
      const root = newDirectory();
      const [id, pid] = [newId(), bystander()];
      const directory = forge(root, id, pid);
      chownSync(directory, 65534, 65534);
      const words = [...verb.split(' '), id, ...(verb === 'kill' ? ['KILL'] : verb === 'exec' ? ['true'] : [])];
      expect(fail(await runtime(words, { root }), verb === 'exec' ? 255 : 1)).toMatch(/operation not permitted/);
      expect(isAlive(pid)).toBe(true);
      expect(existsSync(`${directory}/state.json`)).toBe(true);
    },
  );
});

describe('a name in the state root that is not a container', () => {
  test.each(['delete --force', 'delete', 'kill', 'state', 'pause'])(
    'but a symlink to the directory of a running one is ignored by %s',
    async (verb) => {
      const { id } = await running();
      const other = newId();
      symlinkSync(id, `${stateRoot}/${other}`);
      afterTest(() => rmSync(`${stateRoot}/${other}`, { force: true }));
      expect(fail(await runtime([...verb.split(' '), other, ...(verb === 'kill' ? ['KILL'] : [])], { timeout: 10_000 }))).toContain(
        'is a symlink',
      );
      rmSync(`${stateRoot}/${other}`);
      expect((await stateOf(id)).status).toBe('running');
    },
  );

  test('but a file is kept by delete --force, which reports it', async () => {
    const id = newId();
    writeFileSync(`${stateRoot}/${id}`, 'mine');
    expect(fail(await runtime(['delete', '--force', id]))).toContain('is a file');
    expect(readFileSync(`${stateRoot}/${id}`, 'utf8')).toBe('mine');
    rmSync(`${stateRoot}/${id}`);
  });
});

describe('a running container', () => {
  const slow = { path: '/bin/sleep', args: ['sleep', '1'] };

  test.each(['read', 'was carrying out'])(
    'is reported as running if start is killed before init %s its command',
    { timeout: 60_000 },
    async (when) => {
      const { id } = await created({ config: (config) => (config.hooks = { startContainer: [slow] }) });
      const { pid } = await stateOf(id);
      if (when === 'read') process.kill(pid, 'SIGSTOP');
      const start = startRuntime(['start', id]);
      await (when === 'read' ? untilTold(id, start.pid) : until('the hook runs', () => childrenOf(pid).length > 0));
      start.child.kill('SIGKILL');
      await start.done.catch(() => undefined);
      if (when === 'read') process.kill(pid, 'SIGCONT');
      await until('the hook has ended', () => commandLine(pid) === 'sleep 1000');
      expect((await stateOf(id)).status).toBe('running');
      expect(fail(await runtime(['start', id]))).toContain('already running');
      expect(fail(await runtime(['delete', id]))).toContain('not stopped: running');
      expect((await stateOf(id)).status).toBe('running');
    },
  );

  test('is reported as created, and can be started, if start is killed before it told init', async () => {
    const { id } = await created();
    renameSync(`${stateRoot}/${id}/start.sock`, `${stateRoot}/${id}/starting.sock`);
    expect((await stateOf(id)).status).toBe('created');
    succeed(await runtime(['start', id]));
    expect((await stateOf(id)).status).toBe('running');
    expect(existsSync(`${stateRoot}/${id}/starting.sock`)).toBe(false);
  });

  test('is not started if the state root became read-only, since nothing could tell then that it runs', async () => {
    const { id } = await created();
    const script = `mount --bind ${stateRoot} ${stateRoot} && mount -o remount,bind,ro ${stateRoot} && exec "$@"`;
    const start = await runtime(['start', id], { wrapper: ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, 'sh'] });
    expect(fail(start)).toContain('read-only file system (EROFS)');
    expect((await stateOf(id)).status).toBe('created');
    succeed(await runtime(['start', id]));
    expect((await stateOf(id)).status).toBe('running');
  });
});

test.each(['86400', '-5'])('a running container is one in a time namespace, too, with an offset of %s seconds', async (offset) => {
  const { id } = await running({
    config: (config) => (config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'pid')),
  });
  const { pid } = await stateOf(id);
  const wrapper = ['unshare', '--time', '--boottime', offset];
  expect(JSON.parse(succeed(await runtime(['state', id], { wrapper })))).toMatchObject({ status: 'running', pid });
  expect(fail(await runtime(['delete', id], { wrapper }))).toContain('not stopped: running');
  expect((await stateOf(id)).status).toBe('running');
  succeed(await runtime(['kill', id, 'KILL'], { wrapper }));
  await untilStatus(id, 'stopped');
});

test('kill of a stopped container says so, even if its pid namespace has an empty path', async () => {
  const { id } = await stopped({
    config: (config) => {
      for (const namespace of config.linux.namespaces) if (namespace.type === 'pid') namespace.path = '';
    },
  });
  expect(fail(await runtime(['kill', id, 'KILL']))).toContain('not running');
});

describe('a cache of compiled filters that another user prepared', () => {
  const profile = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO' }] };

  test.each(['@seccomp in a state root of theirs', 'the cache itself'])(
    'deletes no file if %s is a symlink to one of our directories',
    async (which) => {
      const [root, cache, victim] = [newDirectory(), newDirectory(), newDirectory()];
      const names = Array.from({ length: 70 }, (_, index) => index.toString(16).padStart(64, '0'));
      for (const name of names) writeFileSync(`${victim}/${name}`, '');
      symlinkSync(victim, which === 'the cache itself' ? `${cache}/tsrun` : `${root}/@seccomp`);
      chownSync(root, 65534, 65534);
      const bundle = makeBundle({ args: ['true'], config: (config) => (config.linux.seccomp = profile) });
      succeed(await runtime(['run', '--bundle', bundle.directory, newId()], { root, env: { XDG_CACHE_HOME: cache } }));
      expect(readdirSync(victim).sort()).toEqual(names);
    },
  );
});

describe.each([
  ['a FIFO', 'mkfifo'],
  ['a symlink', 'ln -s /dev/zero'],
])('a record that is %s', (_what, make) => {
  test('is damaged: tsrun neither follows nor waits for it', async () => {
    const root = newDirectory();
    const id = newId();
    mkdirSync(`${root}/${id}`, { mode: 0o700 });
    execFileSync('sh', ['-c', `${make} ${root}/${id}/state.json`]);
    const at = (...args: readonly string[]): ReturnType<typeof runtime> => runtime(['--root', root, ...args], { timeout: 10_000 });
    expect(fail(await at('state', id))).toMatch(/damaged|container does not exist/);
    succeed(await at('delete', '--force', id));
    expect(existsSync(`${root}/${id}`)).toBe(false);
  });
});
