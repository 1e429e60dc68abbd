import { describe, expect, test } from 'vitest';
import { findContainer } from '../../../src/container/state/find.js';
import { killContainer } from '../../../src/container/kill.js';
import { pauseContainer, resumeContainer } from '../../../src/container/pause.js';
import { processesOf } from '../../../src/container/ps.js';
import { listContainers } from '../../../src/container/state/list.js';
import { stateOf } from '../../../src/container/state/index.js';
import type { RuntimeError } from '../../../src/errors/runtime_error.js';
import { hostWith, replaceCalls, root, type HostOptions } from '../machine/host.js';
import type { Machine } from '../machine/machine.js';
import { difference, snapshot } from '../machine/failure/residue.js';
import type { Node } from '../machine/kernel/tree.js';
import { systemError } from '../fake_sys.js';
import { call } from '../machine/verbs.js';

const web = { root, id: 'web' } as const;
const directory = '/sys/fs/cgroup/tsrun-web';
const recordFile = `${root}/web/state.json`;

/** A host on which a container runs. */
async function running(options: HostOptions = {}, ...words: readonly string[]): Promise<Machine> {
  const machine = hostWith(options);
  await call('create', '--bundle', '/bundle', ...words, 'web');
  machine.nextProgram();
  await call('start', 'web');
  machine.nextProgram();
  return machine;
}

const pidOf = (machine: Machine): number => Number((JSON.parse(machine.tree.find(recordFile)?.text ?? '') as { pid: number }).pid);

/** Changes state.json behind tsrun's back. */
function rewrite(machine: Machine, change: (record: Record<string, unknown>) => void): void {
  const file = machine.tree.find(recordFile) as Node;
  const record = JSON.parse(file.text) as Record<string, unknown>;
  change(record);
  file.text = JSON.stringify(record);
}

/** Its cgroup goes away, and it is in another. */
function moveAway(machine: Machine): void {
  const [cgroup, other] = [machine.tree.find(directory) as Node, machine.tree.find('/sys/fs/cgroup/other') as Node];
  for (const process of machine.cgroups.members(cgroup)) process.cgroup = other;
  machine.cgroups.remove(cgroup);
}

const alive = (machine: Machine): readonly string[] => [...machine.processes.all.values()].map(({ name }) => name);

describe('a container without a cgroup', () => {
  const noLimits: HostOptions = { config: { linux: { resources: undefined } } };
  const without = async (): Promise<Machine> => {
    const machine = await running(noLimits);
    rewrite(machine, (record) => (record['cgroup'] = null));
    return machine;
  };

  test('has its init as its only known process', async () => {
    const machine = await without();
    expect(await processesOf(web)).toEqual([pidOf(machine)]);
  });

  test('has none once that has ended', async () => {
    const machine = await without();
    machine.processes.end(machine.processes.find(pidOf(machine)), { code: 0, signal: 0 });
    await expect(processesOf(web)).rejects.toThrow('container not running');
  });

  test('cannot be paused, and runs on', async () => {
    await without();
    await expect(pauseContainer(web)).rejects.toMatchObject({
      code: 'unsupported',
      message: 'pause container: it has no cgroup',
      hint: expect.stringContaining('cgroup v2') as string,
    });
    expect(stateOf(web).status).toBe('running');
  });

  test.each([{ all: true }, {}])('is killed by its init: %o', async (how) => {
    await without();
    await killContainer({ ...web, signalNumber: 9, ...how });
    expect(stateOf(web).status).toBe('stopped');
  });
});

describe('a container whose cgroup somebody removed', () => {
  test('cannot be paused, and the reason names the cgroup', async () => {
    const machine = await running();
    moveAway(machine);
    await expect(pauseContainer(web)).rejects.toMatchObject({
      message: `pause container: its cgroup "${directory}" is gone`,
      hint: expect.stringContaining('/proc/PID/cgroup') as string,
    });
  });

  test('has no processes that are known by it', async () => {
    moveAway(await running());
    expect(await processesOf(web)).toEqual([]);
  });

  test('is killed by its init; the processes in the new cgroup of that name keep running', async () => {
    const machine = await running();
    moveAway(machine);
    machine.processes.make({ name: 'of a stranger', child: false, cgroup: machine.cgroups.make(directory) });
    await killContainer({ ...web, signalNumber: 9, all: true });
    expect(stateOf(web).status).toBe('stopped');
    expect(alive(machine)).toContain('of a stranger');
    await call('delete', 'web');
    expect(alive(machine)).toContain('of a stranger');
  });

  test('of which nothing is left is killed already for kill --all, and not running for kill', async () => {
    const machine = await running();
    machine.processes.end(machine.processes.find(pidOf(machine)), { code: 0, signal: 0 });
    machine.cgroups.remove(machine.tree.find(directory) as Node);
    await expect(killContainer({ ...web, signalNumber: 9, all: true })).resolves.toBeUndefined();
    await expect(killContainer({ ...web, signalNumber: 15 })).rejects.toThrow('container not running');
  });
});

describe('a record of tsrun 0.1.0, which has no inode of the cgroup,', () => {
  const old = async (): Promise<Machine> => {
    const machine = await running();
    rewrite(machine, (record) => delete record['cgroupInode']);
    return machine;
  };

  test.each<readonly [string, (machine: Machine) => void]>([
    ['in it', () => undefined],
    [
      'below it',
      (machine) => {
        machine.processes.find(pidOf(machine)).cgroup = machine.cgroups.make(`${directory}/below`);
      },
    ],
  ])('is believed when its init lives %s', async (_, arrange) => {
    const machine = await old();
    arrange(machine);
    expect(await processesOf(web)).toEqual([pidOf(machine)]);
    await killContainer({ ...web, signalNumber: 9, all: true });
    expect(stateOf(web).status).toBe('stopped');
  });

  test.each<readonly [string, (machine: Machine) => void]>([
    ['its init lives elsewhere', (machine) => (machine.processes.find(pidOf(machine)).cgroup = machine.tree.find('/sys/fs/cgroup/other'))],
    [
      'its init lives beside it, in one of a longer name',
      (machine) => (machine.processes.find(pidOf(machine)).cgroup = machine.cgroups.make(`${directory}-2`)),
    ],
    [
      'its init has ended',
      (machine) => {
        machine.processes.end(machine.processes.find(pidOf(machine)), { code: 0, signal: 0 });
      },
    ],
  ])('proves nothing when %s: nobody in that cgroup is killed', async (_, arrange) => {
    const machine = await old();
    arrange(machine);
    machine.processes.make({ name: 'of a stranger', child: false, cgroup: machine.tree.need(directory, 'open') });
    await killContainer({ ...web, signalNumber: 9, all: true }).catch(() => undefined);
    expect(alive(machine)).toContain('of a stranger');
  });

  test('is not read in part: a failure of the kernel is reported', async () => {
    const machine = await old();
    const { readText } = machine.sys;
    replaceCalls(machine, {
      readText: (file) => {
        if (file.path.endsWith('/cgroup')) throw new TypeError('a bug');
        return readText(file);
      },
    });
    await expect(processesOf(web)).rejects.toThrow('a bug');
  });
});

test('a record of another boot names no cgroup of this one', async () => {
  const machine = await running();
  rewrite(machine, (record) => (record['bootId'] = 'another-boot'));
  await expect(processesOf(web)).rejects.toThrow('container not running');
  await expect(killContainer({ ...web, signalNumber: 9, all: true })).rejects.toThrow('container not running');
  expect(alive(machine).filter((name) => name.includes('tsrun-init'))).not.toEqual([]);
});

describe('a reference to a container that was found', () => {
  test('is alive as long as its process is', async () => {
    const machine = await running();
    const found = findContainer(web);
    expect(stateOf(found).status).toBe('running');
    machine.processes.end(machine.processes.find(pidOf(machine)), { code: 0, signal: 0 });
    expect(stateOf(found).status).toBe('stopped');
  });

  test('is not that of a later container with its id', async () => {
    const machine = await running();
    const found = findContainer(web);
    await call('delete', '--force', 'web');
    machine.nextProgram();
    await call('create', '--bundle', '/bundle', 'web');
    machine.nextProgram();
    const before = snapshot(machine);
    await expect(killContainer({ ...found, signalNumber: 9 })).rejects.toMatchObject({ code: 'not-found' });
    expect(difference(before, snapshot(machine))).toEqual([]);
  });

  test('which is being created is known by its id alone', async () => {
    const machine = await running();
    rewrite(machine, (record) => Object.assign(record, { pid: 0, startTime: 0 }));
    expect(findContainer(web)).toEqual(web);
  });
});

describe('a list', () => {
  test('has what can be read, and warns of the rest', async () => {
    const machine = await running();
    machine.tree.plant(`${root}/broken/state.json`, '{');
    machine.tree.plant(`${root}/half`, null);
    const warnings: string[] = [];
    const found = listContainers({ root, warn: (error: RuntimeError, id) => warnings.push(`${id}: ${error.code}`) });
    expect(found.map(({ id, status }) => `${id} ${status}`)).toEqual(['web running']);
    expect(warnings).toContain('broken: state-damaged');
    expect(warnings.filter((warning) => warning.startsWith('half'))).toEqual([]);
  });

  test('is not given with a gap when the machine fails', async () => {
    const machine = await running();
    const { readText } = machine.sys;
    replaceCalls(machine, {
      readText: (file) => {
        if (file.path.endsWith('state.json')) throw systemError('EIO', 'read', file.path);
        return readText(file);
      },
    });
    expect(() => listContainers({ root })).toThrow(/input\/output error|EIO/);
  });
});

describe('pause and resume', () => {
  test('are for a container in the right state', async () => {
    const machine = await running();
    await expect(resumeContainer(web)).rejects.toThrow(/not paused/);
    await pauseContainer(web);
    expect(stateOf(web).status).toBe('paused');
    await expect(pauseContainer(web)).rejects.toThrow('container not running');
    await resumeContainer(web);
    expect(stateOf(web).status).toBe('running');
    machine.processes.end(machine.processes.find(pidOf(machine)), { code: 0, signal: 0 });
    await expect(pauseContainer(web)).rejects.toThrow('container not running');
  });
});
