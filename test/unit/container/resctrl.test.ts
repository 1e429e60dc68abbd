import { describe, expect, test } from 'vitest';
import { hostWith, type HostOptions } from '../machine/host.js';
import type { Machine } from '../machine/machine.js';
import type { Node } from '../machine/kernel/tree.js';
import { difference, snapshot } from '../machine/failure/residue.js';
import { call } from '../machine/verbs.js';

const mount = '/sys/fs/resctrl';

const hostWithResctrl = (intelRdt: Readonly<Record<string, unknown>>, rest: HostOptions = {}): Machine =>
  hostWith({ ...rest, resctrl: true, config: { linux: { intelRdt } } });

/** The program has ended, and its container continues. */
async function done(machine: Machine, name: string, ...words: readonly string[]): Promise<void> {
  await call(name, ...words);
  machine.nextProgram();
}

const create = (machine: Machine): Promise<void> => done(machine, 'create', '--bundle', '/bundle', 'web');
const membersOf = (machine: Machine, path: string): readonly string[] =>
  machine.resctrl?.members(machine.tree.find(path) as Node).map(({ name }) => name) ?? [];

describe('a container with a class of service', () => {
  test('gets one with its schemata and a monitoring group, is in both with what exec starts, and takes them along', async () => {
    const machine = hostWithResctrl({ l3CacheSchema: 'L3:0=ff', enableMonitoring: true });
    const before = snapshot(machine);
    await create(machine);
    const [directory, monitoring] = [`${mount}/web`, `${mount}/web/mon_groups/web`];
    expect(machine.tree.find(`${directory}/schemata`)?.text).toBe('L3:0=ff\n');
    expect(membersOf(machine, directory)).toEqual(['tsrun-init']);
    expect(membersOf(machine, monitoring)).toEqual(['tsrun-init']);
    await done(machine, 'start', 'web');
    await done(machine, 'exec', '--detach', 'web', 'sh');
    expect(membersOf(machine, directory)).toHaveLength(2);
    expect(membersOf(machine, monitoring)).toHaveLength(2);
    await done(machine, 'delete', '--force', 'web');
    expect(difference(before, snapshot(machine))).toEqual([]);
  });

  test('uses one that is there and has its schemata, and leaves it', async () => {
    const machine = hostWithResctrl({ closID: 'shared', l3CacheSchema: 'L3:0=0FF' });
    machine.resctrl?.make(`${mount}/shared`);
    machine.tree.find(`${mount}/shared/schemata`)?.write?.('L3:0=ff;1=f\n');
    const before = snapshot(machine);
    await create(machine);
    expect(membersOf(machine, `${mount}/shared`)).toEqual(['tsrun-init']);
    await done(machine, 'delete', '--force', 'web');
    expect(difference(before, snapshot(machine))).toEqual([]);
  });

  test('leaves the class that it made to others who are in it by then', async () => {
    const machine = hostWithResctrl({ closID: 'shared', l3CacheSchema: 'L3:0=ff' });
    await create(machine);
    const other = machine.processes.make({ name: 'other', child: false, cgroup: null });
    machine.tree.find(`${mount}/shared/tasks`)?.write?.(String(other.pid));
    await done(machine, 'delete', '--force', 'web');
    expect(machine.tree.find(`${mount}/shared`)).not.toBeNull();
    expect(membersOf(machine, `${mount}/shared`)).toEqual(['other']);
  });

  test.each<readonly [string, Readonly<Record<string, unknown>>, (machine: Machine) => void, string]>([
    [
      'with other schemata than it has already',
      { closID: 'shared', l3CacheSchema: 'L3:0=f' },
      (machine) => machine.resctrl?.make(`${mount}/shared`),
      `take class of service "${mount}/shared": its schemata have L3:0=fff for L3:0=f`,
    ],
    [
      'with a resource that it does not have',
      { closID: 'shared', l3CacheSchema: 'L2:0=f' },
      (machine) => machine.resctrl?.make(`${mount}/shared`),
      `take class of service "${mount}/shared": its schemata have no L2:0=f`,
    ],
    [
      'that nobody made and for which there is no schema',
      { closID: 'shared' },
      () => undefined,
      `find class of service "${mount}/shared": without a schema it must exist before the container`,
    ],
  ])('is refused one %s, and leaves nothing', async (_, intelRdt, arrange, message) => {
    const machine = hostWithResctrl(intelRdt);
    arrange(machine);
    const before = snapshot(machine);
    await expect(create(machine)).rejects.toMatchObject({ code: 'setup', message, suppressed: [] });
    expect(difference(before, snapshot(machine))).toEqual([]);
  });
});
