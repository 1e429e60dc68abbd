import { eventsOf } from '../../../../src/container/events/index.js';
import { root } from '../../machine/host.js';
import type { Scenario } from '../../machine/failure/points.js';
import type { Machine } from '../../machine/machine.js';
import { call } from '../../machine/verbs.js';

const create = async (machine: Machine): Promise<void> => {
  await call('create', '--bundle', '/bundle', 'web');
  machine.nextProgram();
};

const run = async (machine: Machine): Promise<void> => {
  await create(machine);
  await call('start', 'web');
  machine.nextProgram();
};

const hook = [{ path: '/hook' }];

/** Its init does not listen any more, so the existing name misleads nobody. */
const socketName = { unlink: 'the name of the start socket' };

/** A directory that could neither be marked as ours nor be removed is treated like an administrator's, and stays. */
const unmarked = 'not known as ours';

export const scenarios: readonly Scenario[] = [
  {
    name: 'create',
    act: () => call('create', '--bundle', '/bundle', 'web'),
    leaves: 'nothing',
    interruptible: true,
  },
  {
    name: 'create with a pid file, hooks, a user namespace and limits below a directory of cgroups',
    host: {
      config: {
        top: { hostname: undefined, hooks: { prestart: hook, createRuntime: hook, poststop: hook } },
        linux: {
          cgroupsPath: 'pod/web',
          resources: { memory: { limit: 10000000 }, pids: { limit: 9 } },
          namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'user' }],
          uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
          gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
        },
      },
    },
    act: () => call('create', '--bundle', '/bundle', '--pid-file', '/work/pid', 'web'),
    leaves: 'nothing',
    beyond: {
      'setAttribute /sys/fs/cgroup/tsrun, removeDirectory /sys/fs/cgroup/tsrun': unmarked,
      'setAttribute /sys/fs/cgroup/tsrun/pod, removeDirectory /sys/fs/cgroup/tsrun/pod': unmarked,
    },
    interruptible: true,
  },
  { name: 'start', arrange: create, act: () => call('start', 'web'), leaves: 'container', tolerates: socketName },
  { name: 'state', arrange: run, act: () => call('state', 'web'), leaves: 'container' },
  { name: 'list', arrange: run, act: () => call('list'), leaves: 'container' },
  { name: 'ps', arrange: run, act: () => call('ps', 'web'), leaves: 'container' },
  { name: 'pause', arrange: run, act: () => call('pause', 'web'), leaves: 'container' },
  {
    name: 'resume',
    arrange: async (machine) => {
      await run(machine);
      await call('pause', 'web');
      machine.nextProgram();
    },
    act: () => call('resume', 'web'),
    leaves: 'container',
  },
  { name: 'kill', arrange: run, act: () => call('kill', 'web', 'KILL'), leaves: 'container' },
  { name: 'kill --all', arrange: run, act: () => call('kill', '--all', 'web', 'KILL'), leaves: 'container' },
  {
    name: 'delete of a stopped container',
    arrange: async (machine) => {
      await run(machine);
      await call('kill', 'web', 'KILL');
      machine.nextProgram();
    },
    act: () => call('delete', 'web'),
    leaves: 'container',
  },
  { name: 'delete of a created container', arrange: create, act: () => call('delete', 'web'), leaves: 'container' },
  { name: 'delete --force', arrange: run, act: () => call('delete', '--force', 'web'), leaves: 'container' },
  {
    name: 'prune of stopped containers',
    arrange: async (machine) => {
      await run(machine);
      await call('kill', 'web', 'KILL');
      machine.nextProgram();
    },
    act: () => call('prune', '--stopped'),
    leaves: 'container',
  },
  { name: 'events --stats', arrange: run, act: () => call('events', '--stats', 'web'), leaves: 'container' },
  {
    name: 'events until the container ends',
    arrange: run,
    act: async (machine) => {
      const seen: string[] = [];
      for await (const { type } of eventsOf({ root, id: 'web', interval: 1000 })) {
        seen.push(type);
        if (seen.length === 2) machine.cgroups.outOfMemory('tsrun-init');
      }
      return seen;
    },
    leaves: 'container',
  },
  {
    name: 'update of limits',
    host: { config: { linux: { resources: { memory: { limit: 10000000, swap: 20000000 }, pids: { limit: 9 } } } } },
    arrange: run,
    act: () => call('update', '--memory', '15m', '--pids-limit', '20', 'web'),
    leaves: 'container',
  },
  { name: 'exec', arrange: run, act: () => call('exec', 'web', 'ls'), leaves: 'container', interruptible: true },
  { name: 'run', act: () => call('run', '--bundle', '/bundle', 'web'), leaves: 'nothing', interruptible: true, wholeFrom: 'supervise' },
  { name: 'run --detach', act: () => call('run', '--detach', '--bundle', '/bundle', 'web'), leaves: 'nothing', interruptible: true },
];
