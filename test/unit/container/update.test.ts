import { describe, expect, test } from 'vitest';
import { readRecord } from '../../../src/state/store.js';
import { bindSys } from '../../../src/sys/call.js';
import { errnosOf, faulty } from '../machine/failure/faults.js';
import { hostWith, root } from '../machine/host.js';
import type { Machine } from '../machine/machine.js';
import { call } from '../machine/verbs.js';

const resources = { memory: { limit: 10_000_000, swap: 20_000_000 }, pids: { limit: 9 } };
const directory = '/sys/fs/cgroup/tsrun-web';

async function containerWithLimits(): Promise<Machine> {
  const machine = hostWith({ config: { linux: { resources } } });
  await call('create', '--bundle', '/bundle', 'web');
  await call('start', 'web');
  machine.nextProgram();
  return machine;
}

const limits = (machine: Machine): string[] =>
  ['memory.max', 'memory.swap.max', 'pids.max'].map((file) => machine.tree.need(`${directory}/${file}`, 'open').text.trim());

const recorded = (): unknown => readRecord({ root, id: 'web' }).spec.linux?.resources;

const update = (): Promise<number> => call('update', '--memory', '15000000', '--pids-limit', '20', 'web');

test('an update changes the limits and the record', async () => {
  const machine = await containerWithLimits();
  await update();
  expect(limits(machine)).toEqual(['15000000', '5000000', '20']);
  expect(recorded()).toMatchObject({ memory: { limit: 15_000_000, swap: 20_000_000 }, pids: { limit: 20 } });
});

test('an update that fails at any call changes neither the limits nor the record', async () => {
  const counted = await containerWithLimits();
  const { sys, calls } = faulty(counted.sys, { at: [], errno: '' });
  bindSys(sys);
  await update();
  let failed = 0;
  for (const [index, name] of calls.entries()) {
    for (const errno of errnosOf(name)) {
      const machine = await containerWithLimits();
      bindSys(faulty(machine.sys, { at: [index + 1], errno }).sys);
      const error: unknown = await update().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      bindSys(machine.sys);
      if (error === undefined) continue;
      failed++;
      expect([name, errno, limits(machine), recorded()]).toEqual([name, errno, ['10000000', '10000000', '9'], resources]);
    }
  }
  expect(failed).toBeGreaterThan(10);
});

describe('an update', () => {
  test('of a stopped container is refused in words that engines know', async () => {
    await containerWithLimits();
    await call('kill', 'web', 'KILL');
    await expect(update()).rejects.toMatchObject({ code: 'not-running', message: 'container not running' });
  });

  test('of a paused container works', async () => {
    const machine = await containerWithLimits();
    await call('pause', 'web');
    await update();
    expect(limits(machine)).toEqual(['15000000', '5000000', '20']);
  });

  test('is checked like the resources of config.json before anything is changed', async () => {
    const machine = await containerWithLimits();
    await expect(call('update', '--cpuset-cpus', 'a-b', '--pids-limit', '3', 'web')).rejects.toMatchObject({
      code: 'invalid-config',
      path: '/linux/resources/cpu/cpus',
    });
    await expect(call('update', '--cpu-idle', '2', 'web')).rejects.toMatchObject({ code: 'invalid-config', path: '/cpu/idle' });
    expect(limits(machine)).toEqual(['10000000', '10000000', '9']);
  });

  test('of a memory limit below what is in use is refused where the container asks for that check', async () => {
    const machine = hostWith({ config: { linux: { resources: { memory: { limit: 10_000_000, checkBeforeUpdate: true } } } } });
    await call('create', '--bundle', '/bundle', 'web');
    machine.tree.need(`${directory}/memory.current`, 'open').text = '9000000\n';
    await expect(call('update', '--memory', '8000000', 'web')).rejects.toThrow(
      'unable to set memory limit to 8000000 (current usage: 9000000)',
    );
    await call('update', '--pids-limit', '3', 'web');
  });

  test('of cache or bandwidth is refused without a class of service', async () => {
    await containerWithLimits();
    await expect(call('update', '--l3-cache-schema', 'L3:0=f', 'web')).rejects.toMatchObject({
      code: 'unsupported',
      path: '/linux/intelRdt',
    });
  });

  test('writes the cache and bandwidth of a class of service, and records them', async () => {
    const mountinfo = '30 1 0:40 / /sys/fs/resctrl rw - resctrl resctrl rw\n25 1 0:22 / / rw - ext4 /dev/root rw\n';
    const machine = hostWith({
      files: { '/sys/fs/resctrl/schemata': 'L3:0=ff\n', '/proc/self/mountinfo': mountinfo },
      config: { linux: { intelRdt: { l3CacheSchema: 'L3:0=ff' } } },
    });
    await call('create', '--bundle', '/bundle', 'web');
    await call('update', '--l3-cache-schema', 'L3:0=f', '--mem-bw-schema', 'MB:0=50', 'web');
    expect(machine.tree.need('/sys/fs/resctrl/web/schemata', 'open').text).toBe('L3:0=f\nMB:0=50\n');
    expect(readRecord({ root, id: 'web' }).spec.linux?.intelRdt).toEqual({ l3CacheSchema: 'L3:0=f', memBwSchema: 'MB:0=50' });
    await call('update', '--mem-bw-schema', 'MB:0=70', 'web');
    expect(readRecord({ root, id: 'web' }).spec.linux?.intelRdt).toEqual({ l3CacheSchema: 'L3:0=f', memBwSchema: 'MB:0=70' });
  });
});
