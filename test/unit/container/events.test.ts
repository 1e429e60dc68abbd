import { describe, expect, test } from 'vitest';
import { eventsOf, type ContainerEvent } from '../../../src/container/events/index.js';
import { statsOf } from '../../../src/container/events/stats.js';
import { bindSys } from '../../../src/sys/call.js';
import type { Sys } from '../../../src/sys/contract.js';
import { hostWith, root } from '../machine/host.js';
import type { Machine } from '../machine/machine.js';
import { call } from '../machine/verbs.js';
import { systemError } from '../fake_sys.js';

const directory = '/sys/fs/cgroup/tsrun-web';

async function running(options: Parameters<typeof hostWith>[0] = {}): Promise<Machine> {
  const machine = hostWith(options);
  await call('create', '--bundle', '/bundle', 'web');
  await call('start', 'web');
  machine.nextProgram();
  return machine;
}

const events = (more: { readonly interval?: number; readonly stop?: number } = {}) =>
  eventsOf({ root, id: 'web', interval: 1000, ...more });

/** The types of all events; `act` is called with the number of those so far. */
async function typesOf(source: AsyncIterable<ContainerEvent>, act: (count: number) => void): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const event of source) {
    types.push(event.type);
    act(types.length);
  }
  return types;
}

describe('events of a container', () => {
  test('are its statistics at each interval, and end with it', async () => {
    const machine = await running();
    const times: number[] = [];
    const types = await typesOf(events(), (count) => {
      times.push(machine.sys.clock().monotonic / 1e6);
      if (count === 3) machine.cgroups.outOfMemory('tsrun-init');
    });
    expect(types).toEqual(['stats', 'stats', 'stats', 'oom']);
    expect(times.map((time) => time - (times[0] ?? 0)).slice(0, 3)).toEqual([0, 1000, 2000]);
    expect(machine.descriptors.list()).toEqual([]);
    expect(machine.descriptors.mistakes).toEqual([]);
  });

  test('have one for each process that the kernel killed because memory ran out, however late they are asked for', async () => {
    const machine = await running();
    for (const name of ['one', 'two', 'three']) {
      machine.processes.make({ name, child: false, cgroup: machine.tree.need(directory, 'open') });
    }
    const types = await typesOf(events(), (count) => {
      if (count === 1) for (const name of ['one', 'two', 'three']) machine.cgroups.outOfMemory(name);
      if (count === 5) machine.cgroups.outOfMemory('tsrun-init');
    });
    expect(types).toEqual(['stats', 'oom', 'oom', 'oom', 'stats', 'oom']);
  });

  test('do not tell of those that were killed before', async () => {
    const machine = await running();
    machine.processes.make({ name: 'one', child: false, cgroup: machine.tree.need(directory, 'open') });
    machine.cgroups.outOfMemory('one');
    const source = events();
    expect((await source.next()).value?.type).toBe('stats');
    await source.return();
    expect(machine.descriptors.list()).toEqual([]);
  });

  test('are statistics alone without the memory controller', async () => {
    const machine = await running();
    machine.tree.need(directory, 'open').entries.delete('memory.events');
    const types = await typesOf(events(), (count) => {
      if (count === 2) machine.processes.signal(machine.processes.find(initOf(machine)), 9);
    });
    expect(types).toEqual(['stats', 'stats']);
  });

  test('do not make up for statistics that a slow reader has missed', async () => {
    const machine = await running();
    const times: number[] = [];
    const source = events();
    for (let count = 0; count < 4; count++) {
      await source.next();
      times.push(machine.sys.clock().monotonic / 1e6);
      if (count === 1) await machine.sys.whenReadable({ fds: [], timeout: 10_500 });
    }
    await source.return();
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 1000, 11_500, 12_500]);
  });

  test('end when the caller asks for it', async () => {
    const machine = await running();
    const [stop = -1, writer = -1] = machine.sys.pipe();
    const types = await typesOf(events({ stop }), (count) => {
      if (count === 2) machine.sys.close({ fd: writer });
    });
    expect(types).toEqual(['stats', 'stats']);
  });

  test('fail if something else removes the cgroup while the container runs', async () => {
    const machine = await running();
    const source = events();
    await source.next();
    machine.tree.need(directory, 'open').entries.delete('cgroup.events');
    await expect(source.next()).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('is gone') as string });
    expect(machine.descriptors.list()).toEqual([]);
  });

  test('name the limits of inotify', async () => {
    const machine = await running();
    bindSys(Object.create(machine.sys, { watchFile: { value: () => raise('EMFILE') } }) as Sys);
    await expect(events().next()).rejects.toMatchObject({
      errno: 'EMFILE',
      hint: expect.stringContaining('fs.inotify.max_user_instances') as string,
    });
    expect(machine.descriptors.list()).toEqual([]);
  });
});

describe.each([
  ['events', () => events().next()],
  ['statistics', () => statsOf({ root, id: 'web' })],
])('%s', (_, ask) => {
  test('of a container that has stopped are refused', async () => {
    const machine = await running();
    machine.processes.signal(machine.processes.find(initOf(machine)), 9);
    await expect(ask()).rejects.toMatchObject({ code: 'not-running', message: 'container not running' });
    expect(machine.descriptors.list()).toEqual([]);
  });

  test('of a container whose cgroup is gone are refused', async () => {
    const machine = await running();
    machine.tree.detach(machine.tree.need(directory, 'open'));
    await expect(ask()).rejects.toMatchObject({ code: 'unsupported', hint: expect.stringContaining('another cgroup') as string });
    expect(machine.descriptors.list()).toEqual([]);
  });

  test('of an absent container are refused', async () => {
    hostWith();
    await expect(ask()).rejects.toMatchObject({ code: 'not-found' });
  });
});

test('statistics have what resctrl says of a class of service', async () => {
  const machine = await running({ resctrl: true, config: { linux: { intelRdt: { l3CacheSchema: 'L3:0=f', enableMonitoring: true } } } });
  const mount = '/sys/fs/resctrl';
  machine.tree.need(`${mount}/schemata`, 'open').text = 'L3:0=ff\nMB:0=100\n';
  const files = {
    'info/L3/cbm_mask': 'ff',
    'info/L3/min_cbm_bits': '1',
    'info/L3/num_closids': '16',
    'web/mon_groups/web/mon_data/mon_L3_00/mbm_total_bytes': '20',
    'web/mon_groups/web/mon_data/mon_L3_00/mbm_local_bytes': 'Unavailable',
    'web/mon_groups/web/mon_data/mon_L3_00/llc_occupancy': '30',
  };
  for (const [name, text] of Object.entries(files)) machine.tree.plant(`${mount}/${name}`, `${text}\n`);
  expect((await statsOf({ root, id: 'web' })).intel_rdt).toEqual({
    l3_cache_info: { cbm_mask: 'ff', min_cbm_bits: 1, num_closids: 16 },
    l3_cache_schema_root: 'L3:0=ff',
    l3_cache_schema: 'L3:0=f',
    mbm_stats: [{ mbm_total_bytes: 20, mbm_local_bytes: 0 }],
    cmt_stats: [{ llc_occupancy: 30 }],
  });
});

const initOf = ({ processes }: Machine): number => [...processes.all.values()].find(({ name }) => name === 'tsrun-init')?.pid ?? 0;

function raise(code: string): never {
  throw systemError(code, 'inotify_init1', `${directory}/memory.events`);
}
