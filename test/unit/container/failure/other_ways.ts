import { ProcessCache } from '../../../../src/cache/process.js';
import { createContainer } from '../../../../src/container/create/index.js';
import { fitSlot } from '../../../../src/container/warm/fit.js';
import { openSlots, type SlotMaker } from '../../../../src/container/warm/prewarm.js';
import { dismissReaper } from '../../../../src/container/warm/reaper.js';
import { discardSlot, type SlotSource, type WarmSlot } from '../../../../src/container/warm/slot.js';
import type { HostOptions } from '../../machine/host.js';
import { root } from '../../machine/host.js';
import type { Scenario } from '../../machine/failure/points.js';
import type { Machine } from '../../machine/machine.js';
import { call } from '../../machine/verbs.js';

const namespaces = [{ type: 'pid' }, { type: 'mount' }, { type: 'uts' }, { type: 'network' }, { type: 'ipc' }];

const socketName = { unlink: 'the name of the start socket, on which nobody listens any more' };

/** A pool of one slot, for the scenarios with a warm slot. */
class Pool {
  #maker: SlotMaker | null = null;
  #slot: WarmSlot | null = null;
  readonly cache = new ProcessCache();

  async open(): Promise<void> {
    const template = { bundle: '/bundle' };
    this.#maker = await openSlots({ root, name: 'pool', template, cache: this.cache });
  }

  async fill(): Promise<void> {
    this.#slot = (await this.#maker?.make()) ?? null;
  }

  readonly source: SlotSource = {
    match: (input, build) => {
      const slot = this.#slot;
      const fit = slot === null ? null : fitSlot(input, slot, build);
      if (slot === null || fit === null) return null;
      return {
        ...fit,
        take: () => {
          this.#slot = null;
          slot.places.close();
          return slot.spawned;
        },
      };
    },
  };

  async close(): Promise<void> {
    const slot = this.#slot;
    this.#slot = null;
    if (slot !== null) await discardSlot(slot);
    const reaper = this.#maker?.reaper ?? null;
    this.#maker?.close();
    if (reaper !== null) await dismissReaper(reaper);
  }
}

const pools = new WeakMap<Machine, Pool>();

function poolOf(machine: Machine): Pool {
  const pool = pools.get(machine) ?? new Pool();
  pools.set(machine, pool);
  return pool;
}

const config = { linux: { namespaces, cgroupsPath: undefined }, top: { mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }] } };
const notified: HostOptions = { listening: ['/run/systemd/notify'], environment: ['PATH=/usr/bin', 'NOTIFY_SOCKET=/run/systemd/notify'] };
const agent = { listenerPath: '/run/agent', defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }] };
const watched: HostOptions = { listening: ['/run/agent'], config: { linux: { seccomp: agent } } };
const terminal: HostOptions = { listening: ['/run/console'], terminals: true, config: { process: { terminal: true } } };

const created = async (machine: Machine, ...words: readonly string[]): Promise<void> => {
  await call('create', '--bundle', '/bundle', ...words, 'web');
  machine.nextProgram();
};

/** One scenario for each of a container's less usual parts. */
export const otherWays: readonly Scenario[] = [
  {
    name: 'create from a warm slot',
    host: { config, patient: true },
    arrange: async (machine) => {
      await poolOf(machine).open();
      await poolOf(machine).fill();
    },
    act: async (machine) => {
      const { cache, source } = poolOf(machine);
      const { pidfd } = await createContainer({
        until: 'created',
        root,
        id: 'web',
        bundle: '/bundle',
        cache,
        slots: source,
        streams: [-1, -1, -1],
      });
      machine.sys.close({ fd: pidfd });
    },
    tidy: (machine) => poolOf(machine).close(),
    leaves: 'container',
  },
  {
    name: 'making a warm slot',
    host: { config },
    arrange: (machine) => poolOf(machine).open(),
    act: (machine) => poolOf(machine).fill(),
    leaves: 'nothing',
  },
  {
    name: 'create with a console socket and a pidfd socket',
    host: { listening: ['/run/console', '/run/pidfd'], config: { process: { terminal: true } } },
    act: () => call('create', '--bundle', '/bundle', '--console-socket', '/run/console', '--pidfd-socket', '/run/pidfd', 'web'),
    leaves: 'nothing',
    interruptible: true,
  },
  {
    name: 'create in the pid namespace of others, with a network device, in memory',
    host: {
      config: {
        top: { hostname: undefined },
        linux: {
          namespaces: [{ type: 'pid', path: '/proc/1/ns/pid' }, { type: 'mount' }, { type: 'network' }],
          netDevices: { eth7: { name: 'eth0' } },
          resources: undefined,
        },
      },
    },
    act: () => call('create', '--bundle', '/bundle', '--overlay=memory', 'web'),
    leaves: 'nothing',
    interruptible: true,
  },
  {
    name: 'create with a class of service and a monitoring group of resctrl',
    host: { resctrl: true, config: { linux: { intelRdt: { l3CacheSchema: 'L3:0=ff', enableMonitoring: true } } } },
    act: () => call('create', '--bundle', '/bundle', 'web'),
    leaves: 'nothing',
    interruptible: true,
  },
  {
    name: 'create for a supervisor',
    host: notified,
    act: () => call('create', '--bundle', '/bundle', 'web'),
    leaves: 'nothing',
    interruptible: true,
  },
  {
    name: 'start for a supervisor',
    host: notified,
    arrange: (machine) => created(machine),
    act: () => call('start', 'web'),
    leaves: 'container',
    tolerates: socketName,
  },
  {
    name: 'run for a supervisor',
    host: notified,
    act: () => call('run', '--bundle', '/bundle', 'web'),
    leaves: 'nothing',
    interruptible: true,
    wholeFrom: 'supervise',
  },
  {
    name: 'start with a seccomp agent',
    host: watched,
    arrange: (machine) => created(machine),
    act: () => call('start', 'web'),
    leaves: 'container',
    tolerates: { ...socketName, replaceBytes: 'the cache of filters' },
  },
  {
    name: 'run on a terminal of its own',
    host: terminal,
    act: () => call('run', '--bundle', '/bundle', 'web'),
    leaves: 'nothing',
    interruptible: true,
    wholeFrom: 'supervise',
  },
  {
    name: 'exec on a terminal',
    host: terminal,
    arrange: async (machine) => {
      await created(machine, '--console-socket', '/run/console');
      await call('start', 'web');
      machine.nextProgram();
    },
    act: () => call('exec', '--tty', 'web', 'sh'),
    leaves: 'container',
    interruptible: true,
  },
  {
    name: 'exec in a paused container',
    arrange: async (machine) => {
      await created(machine);
      await call('start', 'web');
      await call('pause', 'web');
      machine.nextProgram();
    },
    act: () => call('exec', '--ignore-paused', 'web', 'ls'),
    leaves: 'container',
    interruptible: true,
  },
  {
    name: 'kill --all before Linux 5.14',
    host: { withoutCgroupKill: true },
    arrange: async (machine) => {
      await created(machine);
      await call('start', 'web');
      machine.nextProgram();
    },
    act: () => call('kill', '--all', 'web', 'KILL'),
    leaves: 'container',
  },
];
