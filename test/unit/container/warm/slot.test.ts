import { describe, expect, test } from 'vitest';
import { ProcessCache } from '../../../../src/cache/process.js';
import { createContainer, type Created } from '../../../../src/container/create/index.js';
import type { CreationRequest } from '../../../../src/container/options.js';
import { openSlots, type Template } from '../../../../src/container/warm/prewarm.js';
import { stateOf } from '../../../../src/container/state/index.js';
import { Pools } from '../../../../src/library/pools/pools.js';
import type { SlotSource } from '../../../../src/container/warm/slot.js';
import { WarmPool } from '../../../../src/library/pools/warm_pool.js';
import { readRecord } from '../../../../src/state/store.js';
import { systemError } from '../../fake_sys.js';
import { configWith, hostWith, replaceCalls, root, type HostOptions } from '../../machine/host.js';
import type { Machine } from '../../machine/machine.js';
import { difference, snapshot } from '../../machine/failure/residue.js';
import type { Node } from '../../machine/kernel/tree.js';
import type { TsrunInit } from '../../machine/init/tsrun_init.js';
import { call } from '../../machine/verbs.js';

const web = { root, id: 'web' } as const;
const silent = [-1, -1, -1] as const;

interface Warm {
  readonly machine: Machine;
  readonly pool: WarmPool;
  readonly cache: ProcessCache;
  readonly before: ReturnType<typeof snapshot>;
  /** The tsrun-init of the slot. */
  readonly slot: TsrunInit;
}

async function opened(machine: Machine, template: Template = { bundle: '/bundle' }): Promise<Omit<Warm, 'slot'>> {
  const before = snapshot(machine);
  const cache = new ProcessCache();
  const pool = new WarmPool({
    max: 1,
    size: 1,
    maker: await openSlots({ root, name: 'pool', template, cache }),
    isCreating: () => cache.isCreating,
  });
  return { machine, pool, cache, before };
}

/** A pool with one slot that is ready. */
async function warm(options: HostOptions = {}, template?: Template): Promise<Warm> {
  const found = await opened(hostWith({ patient: true, ...options }), template);
  await found.pool.fill();
  return { ...found, slot: found.machine.inits.at(-1) as TsrunInit };
}

async function create({ machine, pool, cache }: Omit<Warm, 'slot'>, options: Partial<CreationRequest> = {}): Promise<Created> {
  const made = await createContainer({
    until: 'created',
    ...web,
    bundle: '/bundle',
    cache,
    slots: sourceOf(pool),
    streams: silent,
    ...options,
  });
  held.set(machine, made.pidfd);
  return made;
}

function sourceOf(pool: WarmPool): SlotSource {
  const pools = new Pools();
  pools.add(pool);
  return pools.source;
}

/** The pidfd of the container that this program has made: it reaps it. */
const held = new WeakMap<Machine, number>();

async function remove(machine: Machine): Promise<void> {
  await call('delete', '--force', 'web');
  const pidfd = held.get(machine);
  if (pidfd === undefined) return;
  machine.sys.reap({ pidfd });
  machine.sys.close({ fd: pidfd });
}

/** What is left when the container and the pool are gone. */
async function leftOf({ machine, pool, before }: Omit<Warm, 'slot'>): Promise<readonly string[]> {
  await remove(machine);
  await pool.close();
  return [...difference(before, snapshot(machine)), ...machine.descriptors.mistakes];
}

describe('a container', () => {
  test('is the process of the slot, in the cgroup of the slot, and leaves nothing', async () => {
    const found = await warm();
    const { pid } = await create(found);
    expect(pid).toBe(found.slot.process.pid);
    expect([found.pool.warm, found.pool.cold]).toEqual([1, 0]);
    expect(readRecord(web).cgroup).toBe('/sys/fs/cgroup/tsrun/@warm-pool/1');
    expect(stateOf(web).status).toBe('created');
    await call('start', 'web');
    expect(found.slot.executed).toBe(true);
    expect(await leftOf(found)).toEqual([]);
  });

  test('of any bundle comes from a slot without a template', async () => {
    const found = await warm({}, null);
    const { pid } = await create(found);
    expect(pid).toBe(found.slot.process.pid);
    expect(await leftOf(found)).toEqual([]);
  });

  test('gets its own limits and device rules in the cgroup of the slot', async () => {
    const resources = {
      memory: { limit: 1e7 },
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'c', major: 10, minor: 200, access: 'rw' },
      ],
    };
    const found = await warm({ files: { '/bundle/other.json': configWith({ linux: { resources } }) } });
    let replaced = 0;
    const { attachDeviceProgram } = found.machine.sys;
    replaceCalls(found.machine, { attachDeviceProgram: (attached) => (replaced++, attachDeviceProgram(attached)) });
    const { pid } = await create(found, { configFile: '/bundle/other.json' });
    expect(pid).toBe(found.slot.process.pid);
    expect(found.machine.tree.find('/sys/fs/cgroup/tsrun/@warm-pool/1/memory.max')?.text).toBe('10000000');
    expect(replaced).toBe(1);
    expect(await leftOf(found)).toEqual([]);
  });

  test('with a notify socket and a terminal comes from a slot, too', async () => {
    const listening = ['/run/notify', '/run/console'];
    const found = await warm({ listening, config: { process: { terminal: true } } });
    const { pid } = await create(found, { notifySocket: '/run/notify', consoleSocket: '/run/console' });
    expect([pid === found.slot.process.pid, found.machine.tree.find(`${root}/web/notify`)?.kind]).toEqual([
      found.pool.warm === 1,
      'directory',
    ]);
    expect(await leftOf(found)).toEqual([]);
  });

  test.each<readonly [string, HostOptions, Partial<CreationRequest>]>([
    ['it keeps descriptors of the caller', {}, { preserveFds: 1 }],
    [
      'it has a cgroup of its own name',
      { files: { '/bundle/other.json': configWith({ linux: { cgroupsPath: '/pod/web' } }) } },
      { configFile: '/bundle/other.json' },
    ],
    ['it has no cgroup', {}, { noCgroup: true }],
    [
      'it has other mounts',
      { files: { '/bundle/other.json': configWith({ top: { mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }] } }) } },
      { configFile: '/bundle/other.json' },
    ],
  ])('is made cold when %s, and the slot waits for another', async (_, host, options) => {
    const found = await warm(host);
    replaceCalls(found.machine, { isInherited: () => true });
    const { pid } = await create(found, options);
    expect(pid).not.toBe(found.slot.process.pid);
    expect([found.pool.cold, found.pool.ready, found.slot.process.alive]).toEqual([1, 1, true]);
    expect(await leftOf(found)).toEqual([]);
  });
});

describe('a slot is discarded, and the container made cold, when', () => {
  test.each<readonly [string, (found: Warm) => void]>([
    [
      'the root file system was replaced',
      ({ machine }) => {
        machine.tree.detach(machine.tree.find('/bundle/rootfs') as Node);
        machine.tree.plant('/bundle/rootfs', null);
      },
    ],
    ['a mount is not where it was made', ({ slot }) => slot.root.entries.delete('proc')],
    ['something was mounted over one of its mounts', ({ slot }) => ((slot.root.entries.get('sys') as Node).mount = 999)],
    [
      'what it inherited has changed',
      ({ machine }) => replaceCalls(machine, { handedDown: () => ({ attributes: 'others by now', otherCgroups: '' }) }),
    ],
    [
      'the program is in other cgroups of version 1',
      (found) => replaceCalls(found.machine, { handedDown: () => ({ attributes: 'those of the program', otherCgroups: 'others by now' }) }),
    ],
    ['somebody stopped it', ({ slot }) => (slot.process.state = 'T')],
    ['somebody killed it', ({ machine, slot }) => machine.processes.signal(slot.process, 9)],
    [
      'the bundle asks for something else',
      ({ machine }) =>
        machine.tree.plant(
          '/bundle/config.json',
          configWith({ top: { mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }] } }),
        ),
    ],
  ])('%s', async (_, change) => {
    const found = await warm();
    change(found);
    const { pid } = await create(found);
    expect(pid).not.toBe(found.slot.process.pid);
    expect([found.pool.warm, found.pool.cold]).toEqual([0, 1]);
    await found.pool.fill();
    expect(found.slot.process.alive).toBe(false);
    const another = found.machine.inits.at(-1) as TsrunInit;
    expect([found.pool.ready, another === found.slot]).toEqual([1, false]);
    await remove(found.machine);
    await found.pool.close();
    expect([...found.machine.processes.all.values()].map(({ name }) => name)).toEqual(['of another container']);
    expect(found.machine.descriptors.list().filter((line) => !line.endsWith('device program'))).toEqual([]);
    expect(found.machine.descriptors.mistakes).toEqual([]);
  });
});

describe('a container that cannot be made of its slot is not made, and nothing of it is left, when', () => {
  test('the slot was stopped after it was chosen', async () => {
    const found = await warm();
    const { sendPlan } = found.machine.sys;
    replaceCalls(found.machine, {
      sendPlan: (plan) => {
        found.slot.process.state = 'T';
        sendPlan(plan);
      },
    });
    await expect(create(found)).rejects.toMatchObject({
      message: 'create container: its warm slot does not respond',
      hint: expect.stringContaining('SIGSTOP') as string,
      suppressed: [],
    });
    replaceCalls(found.machine, {});
    expect(found.slot.process.alive).toBe(false);
    expect(await leftOf(found)).toEqual([]);
  });

  test('the plan cannot be sent', async () => {
    const found = await warm();
    replaceCalls(found.machine, {
      sendPlan: () => {
        throw systemError('EPIPE', 'sendmsg', 'tsrun-init');
      },
    });
    await expect(create(found)).rejects.toMatchObject({ operation: 'send plan', path: 'web', errno: 'EPIPE', suppressed: [] });
    replaceCalls(found.machine, {});
    expect(await leftOf(found)).toEqual([]);
  });

  test('somebody took its cgroup away, and the container has limits', async () => {
    const resources = { devices: [{ allow: false, access: 'rwm' }], pids: { limit: 5 } };
    const found = await warm({ files: { '/bundle/other.json': configWith({ linux: { resources } }) } });
    found.slot.process.cgroup = null;
    found.machine.cgroups.remove(found.machine.tree.find('/sys/fs/cgroup/tsrun/@warm-pool/1') as Node);
    await expect(create(found, { configFile: '/bundle/other.json' })).rejects.toMatchObject({
      operation: 'open cgroup',
      path: '/sys/fs/cgroup/tsrun/@warm-pool/1',
      errno: 'ENOENT',
    });
    expect(found.slot.process.alive).toBe(false);
    expect(await leftOf(found)).toEqual([]);
  });
});

describe('making a slot', () => {
  test.each<readonly ['fail' | 'die' | 'hang', string]>([
    ['fail', 'hostname'],
    ['die', 'prewarm: a warm slot ended before it was ready'],
    ['hang', 'prewarm: a warm slot was not ready in time'],
  ])('leaves nothing when tsrun-init does this: %s', async (fate, message) => {
    let armed = true;
    const machine = hostWith({ patient: true, script: ({ op }) => (armed && op === 'hostname' ? fate : undefined) });
    const found = await opened(machine);
    const before = snapshot(machine);
    await expect(found.pool.fill()).rejects.toThrow(message);
    expect(difference(before, snapshot(machine))).toEqual([]);
    expect(found.pool.failure).toBeInstanceOf(Error);
    armed = false;
    // The next one is made all the same.
    await found.pool.fill();
    expect([found.pool.ready, found.pool.failure]).toEqual([1, undefined]);
    expect(await leftOf(found)).toEqual([]);
  });

  test('leaves nothing when its mounts are moved meanwhile', async () => {
    const machine = hostWith({ patient: true });
    const found = await opened(machine);
    const before = snapshot(machine);
    const { receive } = machine.sys;
    replaceCalls(machine, {
      receive: (from) => {
        machine.inits.at(-1)?.root.entries.delete('proc');
        return receive(from);
      },
    });
    await expect(found.pool.fill()).rejects.toThrow('prewarm: the mounts of a warm slot are not where it made them');
    expect(difference(before, snapshot(machine))).toEqual([]);
    replaceCalls(machine, {});
    expect(await leftOf(found)).toEqual([]);
  });
});

const userNamespace = {
  namespaces: [{ type: 'mount' }, { type: 'user' }],
  uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
  gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
};

describe('a pool is refused, and leaves nothing, for a bundle that', () => {
  test.each<readonly [string, HostOptions, Readonly<Record<string, unknown>>]>([
    ['names a cgroup', { config: { linux: { cgroupsPath: '/pod' } } }, { path: '/linux/cgroupsPath' }],
    ['has a user namespace', { config: { top: { hostname: undefined }, linux: userNamespace } }, { path: '/linux/namespaces' }],
    [
      'joins a pid namespace',
      { config: { top: { hostname: undefined }, linux: { namespaces: [{ type: 'mount' }, { type: 'pid', path: '/proc/9/ns/pid' }] } } },
      { path: '/linux/namespaces' },
    ],
  ])('%s', async (_, host, expected) => {
    const machine = hostWith(host);
    const before = snapshot(machine);
    await expect(opened(machine)).rejects.toMatchObject({ code: 'unsupported', phase: 'plan', ...expected });
    expect(difference(before, snapshot(machine))).toEqual([]);
  });

  test('may be used, when the reaper cannot be cloned', async () => {
    const machine = hostWith();
    const before = snapshot(machine);
    replaceCalls(machine, {
      spawn: ({ sockets }) => {
        machine.sys.close({ fd: sockets[1] as number });
        throw systemError('EAGAIN', 'clone3', 'tsrun-init');
      },
    });
    await expect(opened(machine)).rejects.toMatchObject({ operation: 'clone3', path: 'reaper', errno: 'EAGAIN' });
    expect(difference(before, snapshot(machine))).toEqual([]);
  });
});

describe('a slot that is being made', () => {
  test('is given up if its root file system was replaced meanwhile, and put back', async () => {
    const found = await opened(hostWith({ patient: true }));
    const { sys, tree } = found.machine;
    const rootfs = tree.find('/bundle/rootfs')?.inode;
    // What init has mounted is another directory than the one at the path.
    replaceCalls(found.machine, {
      status: (o) => {
        const known = sys.status(o);
        return known === null || o.path !== '' || known.inode !== rootfs ? known : { ...known, inode: 0 };
      },
    });
    await expect(found.pool.fill()).rejects.toThrow('"/bundle/rootfs" was replaced while a warm slot was made');
    await found.pool.close();
    expect(difference(found.before, snapshot(found.machine))).toEqual([]);
  });
});

describe('the reaper of a pool', () => {
  test('is killed when it does not end', async () => {
    const found = await opened(hostWith({ patient: true, script: ({ op }) => (op === 'reaper' ? 'hang' : undefined) }));
    await found.pool.close();
    expect(difference(found.before, snapshot(found.machine))).toEqual([]);
  });

  test('may have ended by itself', async () => {
    const found = await opened(hostWith({ patient: true }));
    const [reaper] = found.machine.inits;
    found.machine.processes.signal((reaper as TsrunInit).process, 9);
    await found.pool.close();
    expect(difference(found.before, snapshot(found.machine))).toEqual([]);
  });

  test('is not needed on a host without cgroups, where a slot has none either', async () => {
    const namespaces = [{ type: 'pid' }, { type: 'mount' }, { type: 'uts' }];
    const top = { mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }] };
    const machine = hostWith({ patient: true, config: { top, linux: { namespaces, resources: undefined } } });
    replaceCalls(machine, { filesystemType: () => 0x01021994 });
    const found = await opened(machine);
    expect(machine.inits).toEqual([]);
    await found.pool.fill();
    const { pid } = await create(found);
    expect(pid).toBe(machine.inits.at(-1)?.process.pid);
    expect(readRecord(web).cgroup).toBeNull();
    expect(await leftOf(found)).toEqual([]);
  });
});
