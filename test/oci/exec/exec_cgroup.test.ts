import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  can,
  cgroup2Mount,
  created,
  describe,
  domainController,
  exec,
  execInside,
  expect,
  fail,
  isAlive,
  newId,
  newPath,
  running,
  runtime,
  startRuntime,
  stateOf,
  succeed,
  test,
  until,
  untilOutput,
  type Config,
} from '../harness/index.js';

interface Placed {
  readonly id: string;
  /** The directory of the container's cgroup on the host. */
  readonly cgroup: string;
}

const cgroups = cgroup2Mount ?? '';

/** A configuration whose container has the cgroup `name`, and may write to it. */
const inCgroup =
  (name: string) =>
  (config: Config): void => {
    config.linux.cgroupsPath = `/${name}`;
    for (const mount of config.mounts)
      if (mount.type === 'cgroup') mount.options = mount.options?.filter((option) => option !== 'ro') ?? [];
  };

/** Creates a container whose first process runs `script` in its own cgroup's directory before it waits. */
async function managing(script: string): Promise<Placed> {
  const name = newId();
  const container = await running({ script: `cd /sys/fs/cgroup && ${script} && echo managed && exec sleep 1000`, config: inCgroup(name) });
  await untilOutput(container, /managed/);
  return { id: container.id, cgroup: `${cgroups}/${name}` };
}

/** Moves the script's own process, as systemd moves itself. */
const moveDown = 'mkdir init.scope && echo 0 > init.scope/cgroup.procs';

/**
 * Creates a container that manages cgroups like a machine: its processes are in leaves, and the cgroup that the runtime created has
 * controllers enabled for them.
 */
function machine(): Promise<Placed> {
  writeFileSync(`${cgroups}/cgroup.subtree_control`, `+${domainController ?? ''}`);
  return managing(`${moveDown} && mkdir other && echo +${domainController ?? ''} > cgroup.subtree_control`);
}

/** Starts a process that exec leaves running, and returns its pid on the host. */
async function executed(id: string, flags: readonly string[] = []): Promise<number> {
  const pidFile = newPath();
  succeed(await exec(id, ['sleep', '1000'], ['--detach', '--pid-file', pidFile, ...flags]));
  return Number(readFileSync(pidFile, 'utf8'));
}

const processesIn = (cgroup: string): readonly number[] => readFileSync(`${cgroup}/cgroup.procs`, 'utf8').trim().split('\n').map(Number);

const look = 'grep ^0:: /proc/self/cgroup';

describe.runIf(can.cgroup2)('exec', () => {
  test("enters the container's cgroup before the container is started", async () => {
    const name = newId();
    const { id } = await created({ config: inCgroup(name) });
    const pid = await executed(id);
    expect(processesIn(`${cgroups}/${name}`)).toContain(pid);
  });

  test('enters it even if the first process has moved to a child', async () => {
    const { id, cgroup } = await managing(moveDown);
    expect(await execInside(id, look)).toBe('0::/');
    const pid = await executed(id);
    expect(processesIn(cgroup)).toContain(pid);
  });
});

describe.runIf(can.cgroup2 && domainController !== null)(
  'exec in a cgroup that takes no processes (needs a controller of memory, io, hugetlb, rdma, misc on cgroup v2)',
  () => {
    test("enters the first process's cgroup, seen from inside", async () => {
      const { id } = await machine();
      expect(await execInside(id, look)).toBe('0::/init.scope');
    });

    test("enters the first process's cgroup, seen from the host", async () => {
      const { id, cgroup } = await machine();
      const pid = await executed(id);
      expect(processesIn(`${cgroup}/init.scope`)).toEqual(expect.arrayContaining([pid, (await stateOf(id)).pid]));
    });

    test.runIf(can.runcCommand)("enters the first process's cgroup if the container is paused", async () => {
      const { id, cgroup } = await machine();
      succeed(await runtime(['pause', id]));
      const call = startRuntime(['exec', '--ignore-paused', id, 'sh', '-c', look]);
      await until('a second process is there', () => processesIn(`${cgroup}/init.scope`).length > 1);
      succeed(await runtime(['resume', id]));
      expect(succeed(await call.done)).toBe('0::/init.scope');
    });

    test('enters a leaf that --cgroup names', async () => {
      const { id, cgroup } = await machine();
      expect(await execInside(id, look, ['--cgroup', 'other'])).toBe('0::/other');
      const pid = await executed(id, ['--cgroup', 'other']);
      expect(processesIn(`${cgroup}/other`)).toContain(pid);
    });

    test.runIf(can.strictExecCgroup)('enters no other cgroup than the one that --cgroup names', async () => {
      const { id } = await machine();
      expect(fail(await exec(id, ['true'], ['--cgroup', '/']), 255)).toMatch(/busy/);
    });

    test('leaves no cgroup behind when the container is deleted', async () => {
      const { id, cgroup } = await machine();
      const pid = await executed(id);
      succeed(await runtime(['delete', '--force', id]));
      expect(existsSync(cgroup)).toBe(false);
      expect(isAlive(pid)).toBe(false);
    });
  },
);

describe.runIf(can.cgroup2 && can.execWithoutCgroup)("exec if the container's cgroup is gone", () => {
  /** A container that somebody on the host moved to another cgroup, and whose original cgroup they removed. */
  async function moved(): Promise<Placed & { readonly made: string }> {
    const name = newId();
    const { id } = await running({ config: inCgroup(name) });
    const elsewhere = `${cgroups}/${newId()}`;
    mkdirSync(elsewhere);
    afterTest(async () => {
      await runtime(['delete', '--force', id]);
      rmdirSync(elsewhere);
    });
    writeFileSync(`${elsewhere}/cgroup.procs`, String((await stateOf(id)).pid));
    const made = `${cgroups}/${name}`;
    rmdirSync(made);
    return { id, cgroup: elsewhere, made };
  }

  test("enters the first process's cgroup", async () => {
    const { id, cgroup } = await moved();
    const pid = await executed(id);
    expect(processesIn(cgroup)).toContain(pid);
  });

  test("does not create the container's cgroup again", async () => {
    const { id, made } = await moved();
    succeed(await exec(id, ['true']));
    expect(existsSync(made)).toBe(false);
  });

  test('enters no other cgroup than the one that --cgroup names', async () => {
    const { id } = await moved();
    fail(await exec(id, ['true'], ['--cgroup', 'below']), 255);
  });
});

describe.runIf(can.cgroup2)('exec --cgroup', () => {
  test("runs in a cgroup below the container's", async () => {
    const { id } = await managing('mkdir -p below/deep');
    expect(await execInside(id, look, ['--cgroup', 'below'])).toBe('0::/below');
    expect(await execInside(id, look, ['--cgroup', 'below/deep'])).toBe('0::/below/deep');
  });

  test.runIf(can.strictExecCgroup).each(['..', '../..', 'nowhere'])("does not leave the container's cgroup: %s", async (cgroup) => {
    const container = await running();
    fail(await exec(container.id, ['true'], ['--cgroup', cgroup]), 255);
  });
});
