import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  can,
  cgroup2Mount,
  created,
  describe,
  expect,
  fail,
  isAlive,
  makeBundle,
  mark,
  newDirectory,
  newId,
  run,
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
  type Config,
} from '../harness/index.js';

const mount = cgroup2Mount ?? '';

const at = (path: string) => (config: Config) => void (config.linux.cgroupsPath = path);
const withoutPidNamespace = (config: Config): void =>
  void (config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'pid'));

/** Gives the container a cgroup namespace and a writable cgroup mount. */
function ownCgroups(config: Config): void {
  config.linux.namespaces = [...config.linux.namespaces.filter(({ type }) => type !== 'cgroup'), { type: 'cgroup' }];
  for (const one of config.mounts) if (one.type?.startsWith('cgroup') === true) one.options = ['rw', 'nosuid', 'noexec', 'nodev'];
}

/** Starts a process that belongs to no container, in a cgroup. */
function bystander(directory: string): ChildProcess {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  writeFileSync(`${directory}/cgroup.procs`, String(child.pid));
  afterTest(async () => {
    child.kill('SIGKILL');
    await until('the bystander ended', () => child.exitCode !== null || child.signalCode !== null);
  });
  return child;
}

const lives = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** Starts a container with another state root, which is deleted after the test. */
async function runningElsewhere(id: string, config: (config: Config) => void): Promise<{ readonly root: string; readonly pid: number }> {
  const root = newDirectory();
  afterTest(() => runtime(['delete', '--force', id], { root }));
  succeed(await runtime(['run', '--detach', '--bundle', makeBundle({ args: ['sleep', '1000'], config }).directory, id], { root }));
  return { root, pid: (JSON.parse(succeed(await runtime(['state', id], { root }))) as { pid: number }).pid };
}

describe.runIf(can.tsrun && can.cgroup2)('a cgroup is identified by its inode, not its path', () => {
  test.each([
    ['the same cgroupsPath', at(`/${mark}-same`)],
    ['the same cgroupsPath below a parent', at(`/${mark}-above/same`)],
    ['the same default path, below another --root', (): void => undefined],
  ])('delete of a stopped container spares a cgroup that was created later at %s', async (_, config) => {
    const first = await running({ args: ['sleep', '1000'], config });
    succeed(await runtime(['kill', first.id, 'KILL']));
    await untilStatus(first.id, 'stopped');
    const second = await runningElsewhere(first.id, config);
    succeed(await runtime(['delete', first.id]));
    expect(isAlive(second.pid)).toBe(true);
    expect(readFileSync(`/proc/${second.pid}/cgroup`, 'utf8')).not.toContain('(deleted)');
    succeed(await runtime(['delete', '--force', first.id], { root: second.root }));
    expect(existsSync(`${mount}/${mark}-above`)).toBe(false);
  });

  test('kill, ps, pause and delete --force spare it, too', async () => {
    const config = (one: Config): void => {
      at(`/${mark}-reach`)(one);
      withoutPidNamespace(one);
    };
    const first = await stopped({ args: ['true'], config });
    const second = await runningElsewhere(newId(), config);
    await runtime(['kill', '--all', first.id, 'KILL']);
    await runtime(['kill', first.id, 'KILL']);
    expect(succeed(await runtime(['ps', '--format', 'json', first.id]))).not.toContain(String(second.pid));
    fail(await runtime(['pause', first.id]));
    succeed(await runtime(['delete', '--force', first.id]));
    expect(isAlive(second.pid)).toBe(true);
  });

  test('exec does not enter it', async () => {
    const first = await running({ script: 'sleep 1000', config: at(`/${mark}-exec`) });
    const { pid } = await stateOf(first.id);
    // Somebody who manages cgroups has moved the container, and another one is in its place.
    mkdirSync(`${mount}/${mark}-moved`);
    writeFileSync(`${mount}/${mark}-moved/cgroup.procs`, String(pid));
    await until('its cgroup is empty', () => readFileSync(`${mount}/${mark}-exec/cgroup.procs`, 'utf8') === '');
    rmdirSync(`${mount}/${mark}-exec`);
    mkdirSync(`${mount}/${mark}-exec`);
    succeed(await runtime(['exec', '--detach', first.id, 'sleep', '1000']));
    expect(readFileSync(`${mount}/${mark}-moved/cgroup.procs`, 'utf8').trim().split('\n').length).toBe(2);
    expect(readFileSync(`${mount}/${mark}-exec/cgroup.procs`, 'utf8')).toBe('');
    succeed(await runtime(['delete', '--force', first.id]));
    expect(existsSync(`${mount}/${mark}-exec`)).toBe(true);
    rmdirSync(`${mount}/${mark}-exec`);
    rmdirSync(`${mount}/${mark}-moved`);
  });

  test.each([true, false])(
    'of many creations at once on one path exactly one succeeds; the directory exists before: %s',
    async (before) => {
      const path = `${mark}-many`;
      const bundle = makeBundle({ args: ['sleep', '1000'], config: at(`/${path}`) });
      for (let round = 0; round < 4; round++) {
        if (before) mkdirSync(`${mount}/${path}`);
        const ids = Array.from({ length: 6 }, newId);
        const outcomes = await Promise.all(ids.map((id) => runtime(['create', '--bundle', bundle.directory, id])));
        const winners = ids.filter((_, index) => outcomes[index]?.code === 0);
        expect(winners, outcomes.map(({ stderr }) => stderr).join('')).toHaveLength(1);
        expect((await stateOf(winners[0] as string)).status).toBe('created');
        for (const { stderr } of outcomes.filter(({ code }) => code !== 0)) expect(stderr).toMatch(/cgroup/);
        succeed(await runtime(['delete', '--force', winners[0] as string]));
        expect(existsSync(`${mount}/${path}`)).toBe(false);
      }
    },
  );

  test('a truncated record does not name a cgroup further up', async () => {
    const upper = `${mount}/${mark}-upper`;
    mkdirSync(upper);
    afterTest(() => rmdirSync(upper));
    const child = bystander(upper);
    const container = await created({ args: ['true'], config: at(`/${mark}-upper/inner`) });
    const { pid } = await stateOf(container.id);
    rmSync(`${stateRoot}/${container.id}/state.json`);
    for (const text of [upper, `${upper}\n`, `${upper}/`, '/', `${mount}\n`]) {
      writeFileSync(`${stateRoot}/${container.id}/cgroup`, text);
      const outcome = await runtime(['delete', '--force', container.id]);
      expect(lives(child)).toBe(true);
      expect(existsSync(upper)).toBe(true);
      if (outcome.code === 0) mkdirSync(`${stateRoot}/${container.id}`, { recursive: true });
    }
    process.kill(pid, 'SIGKILL');
    await until('its process ended', () => !isAlive(pid));
    rmdirSync(`${upper}/inner`);
    rmSync(`${stateRoot}/${container.id}`, { recursive: true, force: true });
  });

  test.each(['create', 'run'])('%s refuses a directory with cgroups that somebody else made, and leaves them', async (verb) => {
    const outer = `${mount}/${mark}-outer`;
    mkdirSync(`${outer}/theirs`, { recursive: true });
    afterTest(() => {
      rmdirSync(`${outer}/theirs`);
      rmdirSync(outer);
    });
    const bundle = makeBundle({ args: ['true'], config: at(`/${mark}-outer`) });
    const id = newId();
    const refusal = fail(await runtime([verb, '--bundle', bundle.directory, id]));
    expect(refusal).toContain("container's cgroup is not empty: 1 cgroup(s) found below it");
    expect(refusal).not.toContain('while cleaning up');
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    expect(existsSync(`${outer}/theirs`)).toBe(true);
  });

  test('a creation that is refused because of foreign processes leaves nothing behind', async () => {
    const outer = `${mount}/${mark}-used`;
    mkdirSync(outer);
    afterTest(() => rmdirSync(outer));
    const child = bystander(outer);
    const id = newId();
    const refusal = fail(await run(makeBundle({ args: ['true'], config: at(`/${mark}-used`) }), { id }));
    expect(refusal).toContain("container's cgroup is not empty: 1 process(es) found");
    expect(refusal).not.toContain('while cleaning up');
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    expect(lives(child)).toBe(true);
  });

  test('a container does not take the directory above the cgroup of another, which has ended', async () => {
    const first = await stopped({ args: ['true'], config: at(`/${mark}-shared/inner`) });
    const { ino } = statSync(`${mount}/${mark}-shared/inner`);
    expect(fail(await run(makeBundle({ args: ['true'], config: at(`/${mark}-shared`) })))).toContain("container's cgroup is not empty");
    expect(statSync(`${mount}/${mark}-shared/inner`).ino).toBe(ino);
    succeed(await runtime(['delete', first.id]));
    expect(existsSync(`${mount}/${mark}-shared`)).toBe(false);
  });

  test('limits that somebody else set in an empty directory stay in force', async () => {
    mkdirSync(`${mount}/${mark}-made`);
    writeFileSync(`${mount}/${mark}-made/cgroup.max.depth`, '3');
    const { ino } = statSync(`${mount}/${mark}-made`);
    await running({ args: ['sleep', '1000'], config: at(`/${mark}-made`) });
    expect(statSync(`${mount}/${mark}-made`).ino).toBe(ino);
    expect(readFileSync(`${mount}/${mark}-made/cgroup.max.depth`, 'utf8')).toBe('3\n');
  });
});

describe.runIf(can.tsrun && can.cgroup2)('processes in the cgroup of a stopped container', () => {
  test('belong to it if it had no pid namespace, and are killed', async () => {
    const container = await running({ script: 'sleep 1000 & exec true', config: withoutPidNamespace });
    await untilStatus(container.id, 'stopped');
    const procs = readFileSync(`${mount}/tsrun-${container.id}/cgroup.procs`, 'utf8').trim().split('\n').map(Number);
    expect(procs).toHaveLength(1);
    succeed(await runtime(['delete', container.id]));
    // A process leaves its cgroup, which can be removed then, before it is a zombie.
    await until('it ended', () => !isAlive(procs[0] as number));
  });

  test.each([{ flags: [] }, { flags: ['--force'] }])(
    'do not belong to it if it had a pid namespace: delete with $flags fails, and kills nothing',
    async ({ flags }) => {
      const container = await stopped();
      const child = bystander(`${mount}/tsrun-${container.id}`);
      expect(fail(await runtime(['delete', ...flags, container.id]))).toContain(`${mount}/tsrun-${container.id}`);
      expect(lives(child)).toBe(true);
      expect((await stateOf(container.id)).status).toBe('stopped');
      child.kill('SIGKILL');
      await until('it ended', () => !lives(child));
      succeed(await runtime(['delete', container.id]));
    },
  );
});

// The clone of an exec that lost its race with pause is frozen at birth, outside the container's pid namespace.
test.runIf(can.tsrun && can.cgroup2).each([{ flags: [] }, { flags: ['--force'] }])(
  'a process of exec that never began to run does not keep a paused container from being deleted with $flags',
  async ({ flags }) => {
    const container = await running();
    const { pid } = await stateOf(container.id);
    const cgroup = `${mount}/tsrun-${container.id}`;
    succeed(await runtime(['pause', container.id]));
    const call = startRuntime(['exec', '--ignore-paused', container.id, 'true']);
    const others = (): readonly string[] =>
      readFileSync(`${cgroup}/cgroup.procs`, 'utf8')
        .trim()
        .split('\n')
        .filter((other) => other !== String(pid));
    await until('it is cloned', () => others().length > 0);
    call.child.kill('SIGKILL');
    await until('exec ended', () => call.child.signalCode !== null);
    expect(others()).toHaveLength(1);
    succeed(await runtime(['kill', container.id, 'KILL']));
    await untilStatus(container.id, 'stopped');
    succeed(await runtime(['delete', ...flags, container.id]));
    expect(existsSync(cgroup)).toBe(false);
  },
);

describe.runIf(can.tsrun && can.cgroup2)('cgroups that a container creates', () => {
  test('are removed, even if no path is long enough for them', async () => {
    const script = `cd /sys/fs/cgroup; i=0; while [ $i -lt 16 ]; do mkdir ${'n'.repeat(250)} && cd ${'n'.repeat(250)} || exit 1; i=$((i + 1)); done; sleep 1000 & echo $! > cgroup.procs; echo ready; wait`;
    const container = await running({ script, config: ownCgroups });
    await until('it is ready', () => container.output().includes('ready'));
    expect((JSON.parse(succeed(await runtime(['ps', '--format', 'json', container.id]))) as unknown[]).length).toBe(2);
    succeed(await runtime(['delete', '--force', container.id]));
    expect(existsSync(`${mount}/tsrun-${container.id}`)).toBe(false);
  });

  // kernfs_name_hash() of fs/kernfs/dir.c gives "ao" and "bd" the same hash; the kernel uses only this hash as the position in the
  // directory.
  test('are all visited, even if their names have the same hash', async () => {
    const script = `cd /sys/fs/cgroup; for a in ao bd; do for b in ao bd; do for c in ao bd; do d=$a$b$c; mkdir $d $d/$d || exit 1; sleep 1000 & echo $! > $d/$d/cgroup.procs; done; done; done; echo ready; wait`;
    const container = await running({ script, config: ownCgroups });
    await until('it is ready', () => container.output().includes('ready'));
    expect((JSON.parse(succeed(await runtime(['ps', '--format', 'json', container.id]))) as unknown[]).length).toBe(9);
    succeed(await runtime(['delete', '--force', container.id]));
    expect(existsSync(`${mount}/tsrun-${container.id}`)).toBe(false);
  });

  test('are removed, even ten thousand of them', async () => {
    const script =
      'cd /sys/fs/cgroup; for a in 0 1 2 3 4 5 6 7 8 9; do mkdir $a; for b in 0 1 2 3 4 5 6 7 8 9; do mkdir $a/$b; for c in 0 1 2 3 4 5 6 7 8 9; do d=$a/$b/$c; mkdir $d $d/0 $d/1 $d/2 $d/3 $d/4 $d/5 $d/6 $d/7 $d/8 || exit 1; done; done; done; echo ready; sleep 1000';
    const container = await running({ script, config: ownCgroups });
    await until('it is ready', () => container.output().includes('ready'), 60_000);
    succeed(await runtime(['ps', '--format', 'json', container.id]));
    succeed(await runtime(['delete', '--force', container.id]));
    expect(existsSync(`${mount}/tsrun-${container.id}`)).toBe(false);
  }, 120_000);
});

describe.runIf(can.tsrun && can.cgroup2)("cgroups that others create below a container's", () => {
  test.each(['delete', 'run'])('are removed by %s with the container if they are empty', async (verb) => {
    const path = `/${mark}-upper-${verb}`;
    const below = `${mount}${path}/theirs/inner`;
    if (verb === 'run') {
      const call = startRuntime(['run', '--bundle', makeBundle({ config: at(path), args: ['sleep', '1000'] }).directory, newId()]);
      await until(
        'its cgroup',
        () => existsSync(`${mount}${path}/cgroup.procs`) && readFileSync(`${mount}${path}/cgroup.procs`, 'utf8') !== '',
      );
      mkdirSync(below, { recursive: true });
      const [pid] = readFileSync(`${mount}${path}/cgroup.procs`, 'utf8').trim().split('\n');
      process.kill(Number(pid), 'SIGKILL');
      await call.done;
    } else {
      const container = await stopped({ config: at(path), args: ['true'] });
      mkdirSync(below, { recursive: true });
      succeed(await runtime(['delete', container.id]));
    }
    expect(existsSync(`${mount}${path}`)).toBe(false);
  });

  test('are kept even by delete --force if they have processes, and so is the container', async () => {
    const path = `/${mark}-upper`;
    const upper = await stopped({ config: at(path), args: ['true'] });
    mkdirSync(`${mount}${path}/theirs`);
    const child = bystander(`${mount}${path}/theirs`);
    const lower = await running({ config: at(`${path}/lower`) });
    const words = fail(await runtime(['delete', '--force', upper.id]));
    expect(words).toContain('device or resource busy');
    expect(words).toContain(String(child.pid));
    expect(lives(child)).toBe(true);
    expect((await stateOf(lower.id)).status).toBe('running');
    expect((await stateOf(upper.id)).status).toBe('stopped');
    child.kill('SIGKILL');
    await until('it ended', () => !lives(child));
    succeed(await runtime(['delete', '--force', lower.id]));
    succeed(await runtime(['delete', upper.id]));
    expect(existsSync(`${mount}${path}`)).toBe(false);
  });
});

describe.runIf(can.tsrun && can.cgroup2)('parent directories of a cgroup', () => {
  test('are removed with the last container below them, whichever was the first', async () => {
    const [first, second] = [
      await stopped({ args: ['true'], config: at(`/${mark}-p/q/a`) }),
      await stopped({ args: ['true'], config: at(`/${mark}-p/q/b`) }),
    ];
    succeed(await runtime(['delete', first.id]));
    expect(existsSync(`${mount}/${mark}-p/q/b`)).toBe(true);
    succeed(await runtime(['delete', second.id]));
    expect(existsSync(`${mount}/${mark}-p`)).toBe(false);
  });

  test('are kept if somebody else created them', async () => {
    mkdirSync(`${mount}/${mark}-theirs`);
    const container = await stopped({ args: ['true'], config: at(`/${mark}-theirs/q/a`) });
    succeed(await runtime(['delete', container.id]));
    expect(existsSync(`${mount}/${mark}-theirs/q`)).toBe(false);
    rmdirSync(`${mount}/${mark}-theirs`);
  });

  test('are removed if a deeper directory cannot be created', async () => {
    mkdirSync(`${mount}/${mark}-shallow`);
    writeFileSync(`${mount}/${mark}-shallow/cgroup.max.depth`, '3');
    const id = newId();
    expect(fail(await run(makeBundle({ args: ['true'], config: at(`/${mark}-shallow/1/2/3/4/5`) }), { id }))).toContain('cgroup.max.depth');
    expect(existsSync(`${mount}/${mark}-shallow/1`)).toBe(false);
    rmdirSync(`${mount}/${mark}-shallow`);
  });

  test('are removed if the name of the last one is taken by a file', async () => {
    expect(fail(await run(makeBundle({ args: ['true'], config: at(`/${mark}-file/cgroup.procs`) })))).toContain('/linux/cgroupsPath');
    expect(existsSync(`${mount}/${mark}-file`)).toBe(false);
  });

  test('are created and removed down to the deepest path that is accepted', async () => {
    const container = await stopped({ args: ['true'], config: at(`/${mark}-deep${'/d'.repeat(127)}`) });
    succeed(await runtime(['delete', container.id]));
    expect(existsSync(`${mount}/${mark}-deep`)).toBe(false);
  });

  test('are not created if the path is too long', async () => {
    expect(fail(await run(makeBundle({ args: ['true'], config: at(`/${mark}-deep${'/d'.repeat(2035)}`) })))).toContain(
      '/linux/cgroupsPath',
    );
    expect(fail(await run(makeBundle({ args: ['true'], config: at(`/${mark}-deep/${'d'.repeat(256)}`) })))).toContain('/linux/cgroupsPath');
    expect(fail(await run(makeBundle({ args: ['true'], config: at(`/${mark}-deep${'/d'.repeat(128)}`) })))).toMatch(
      /validate "\/linux\/cgroupsPath".*it has more than 128 levels/,
    );
    expect(existsSync(`${mount}/${mark}-deep`)).toBe(false);
  });
});

test.runIf(can.tsrun && can.cgroup2)('delete fails without the hierarchy, and keeps the container', async () => {
  const container = await running({ args: ['sleep', '1000'] });
  const wrapper = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', 'umount -R /sys/fs/cgroup && exec "$@"', 'sh'];
  expect(fail(await runtime(['delete', '--force', container.id], { wrapper }))).toContain(`tsrun-${container.id}`);
  expect(existsSync(`${mount}/tsrun-${container.id}`)).toBe(true);
  expect((await stateOf(container.id)).status).toBe('stopped');
  succeed(await runtime(['delete', container.id]));
  expect(existsSync(`${mount}/tsrun-${container.id}`)).toBe(false);
});
