import { setImmediate } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { Container } from '../../../src/library/container/container.js';
import type { PrewarmRequest } from '../../../src/library/requests.js';
import type { WarmSlot } from '../../../src/container/warm/slot.js';
import { WarmPool } from '../../../src/library/pools/warm_pool.js';
import { libraryHost, refusal, untyped } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

const namespaces = [{ type: 'pid' }, { type: 'mount' }, { type: 'uts' }, { type: 'network' }, { type: 'ipc' }];
const config = { linux: { namespaces, cgroupsPath: undefined }, top: { mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }] } };

/** A host whose bundle can use a slot. */
const host = (more: Parameters<typeof libraryHost>[0] = {}) => libraryHost({ config, ...more });

const makerOf = (make: () => Promise<WarmSlot>) => ({
  make,
  isOutdated: () => false,
  isFor: () => true,
  close: () => undefined,
  reaper: null,
});

describe('a pool', () => {
  test.each([{ bundle: '/bundle' }, {}])('prewarmed with %j gives its slot to a container, and fills itself again', async (request) => {
    const { runtime, create, left } = host();
    expect(runtime.pool).toBeNull();
    const pool = await runtime.prewarm({ count: 1, ...request });
    expect(runtime.pool).toBe(pool);
    expect([pool.size, pool.ready, pool.warm, pool.cold]).toEqual([1, 1, 0, 0]);
    const container = await create();
    expect([pool.ready, pool.warm, pool.cold]).toEqual([0, 1, 0]);
    await container.start();
    expect(container.state().status).toBe('running');
    await pool.fill();
    expect([pool.ready, pool.failure]).toEqual([1, undefined]);
    await pool.close();
    expect(container.state().status).toBe('running');
    await container.delete({ force: true });
    expect(await left()).toEqual([]);
  });

  test('hands all controllers down to its slots, without any limit', async () => {
    const { runtime, create, machine } = host();
    const pool = await runtime.prewarm({ count: 1, bundle: '/bundle' });
    const container = await create();
    expect(pool.warm).toBe(1);
    const path = machine.cgroups.pathOf(container.pid);
    const above = path
      .split('/')
      .map((_, depth, names) => names.slice(0, depth).join('/'))
      .slice(1);
    expect(above).toHaveLength(3);
    const handedDown = above.map((one) => machine.cgroups.controllersBelow(one).split(' ').sort());
    expect(handedDown).toEqual(above.map(() => ['cpu', 'cpuset', 'io', 'memory', 'pids']));
    await pool.close();
  });

  test('refills itself without being asked', async () => {
    const { runtime, create } = host();
    const pool = await runtime.prewarm({ count: 2, bundle: '/bundle' });
    await create();
    await vi.waitUntil(() => pool.ready === 2, { timeout: 20_000 });
    await pool.close();
  });

  test('makes several slots at once, after the first', async () => {
    const seen: number[] = [];
    let now = 0;
    const make = async (): Promise<WarmSlot> => {
      seen.push(++now);
      await setImmediate();
      now--;
      return untyped<WarmSlot>({});
    };
    const pool = new WarmPool({
      size: 9,
      max: 9,
      maker: makerOf(make),
      isCreating: () => false,
    });
    await pool.fill();
    expect(pool.ready).toBe(9);
    expect([seen.slice(0, 2), Math.max(...seen)]).toEqual([[1, 1], 4]);
  });

  test('refills itself when no container is being created, and after a quarter of a second in any case', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let creating = true;
      let made = 0;
      const make = (): Promise<WarmSlot> => Promise.resolve(untyped<WarmSlot>({ number: ++made }));
      const pool = new WarmPool({ size: 1, max: 1, maker: makerOf(make), isCreating: () => creating });
      pool.missed();
      await vi.advanceTimersByTimeAsync(240);
      expect(made).toBe(0);
      await vi.advanceTimersByTimeAsync(20);
      expect(made).toBe(1);
      const another = new WarmPool({ size: 1, max: 1, maker: makerOf(make), isCreating: () => creating });
      another.missed();
      await vi.advanceTimersByTimeAsync(100);
      creating = false;
      await vi.advanceTimersByTimeAsync(5);
      expect([made, another.ready]).toEqual([2, 1]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('tells the failure of a slot, also if others are made after it', async () => {
    let count = 0;
    const make = async (): Promise<WarmSlot> => {
      const number = ++count;
      for (let turn = 0; turn < (number === 2 ? 1 : 3); turn++) await setImmediate();
      if (number === 2) throw new Error('no descriptors');
      return untyped<WarmSlot>({});
    };
    const pool = new WarmPool({
      size: 5,
      max: 5,
      maker: makerOf(make),
      isCreating: () => false,
    });
    expect(await pool.fill().catch((error: unknown) => error)).toMatchObject({ message: 'no descriptors' });
  });

  test('keeps more slots while containers come too soon, within its bound, and fewer again later', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { runtime, create, left } = host();
      const pool = await runtime.prewarm({ count: 2, max: 4, bundle: '/bundle' });
      const containers: Container[] = [];
      const empty = async (): Promise<void> => {
        const { cold } = pool;
        while (pool.cold === cold) containers.push(await create({ id: `c${containers.length}` }));
        await pool.fill();
      };
      expect(pool.target).toBe(2);
      await empty();
      expect([pool.target, pool.ready]).toEqual([3, 3]);
      await empty();
      await empty();
      expect([pool.target, pool.ready]).toEqual([4, 4]);
      vi.advanceTimersByTime(5000);
      expect([pool.target, pool.ready]).toEqual([3, 3]);
      vi.advanceTimersByTime(60_000);
      expect([pool.target, pool.ready]).toEqual([2, 2]);
      for (const container of containers) await container.delete({ force: true });
      await pool.close();
      expect(await left()).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('leaves nothing when it is closed, also at the end of its block', async () => {
    const { runtime, left } = host();
    {
      await using pool = await runtime.prewarm({ count: 3, bundle: '/bundle' });
      expect(pool.ready).toBe(3);
    }
    expect(await left()).toEqual([]);
  });

  test('is one of two that were prewarmed at once, and each caller gets an open one', async () => {
    const { runtime, create, left } = host();
    const pools = await Promise.all([runtime.prewarm({ count: 1, bundle: '/bundle' }), runtime.prewarm({ count: 1, bundle: '/bundle' })]);
    expect(pools[0]).not.toBe(pools[1]);
    expect(pools.map(({ ready }) => ready)).toEqual([1, 1]);
    const containers = [await create({ id: 'a' }), await create({ id: 'b' })];
    expect(pools.map(({ warm }) => warm)).toEqual([1, 1]);
    for (const container of containers) await container.delete({ force: true });
    await runtime.close();
    expect(await left()).toEqual([]);
  });

  test('that is closed gives nothing any more, and does not fill itself', async () => {
    const { runtime, create } = host();
    const pool = await runtime.prewarm({ count: 1, bundle: '/bundle' });
    await pool.close();
    await create();
    await pool.fill();
    expect([pool.ready, pool.warm, pool.cold]).toEqual([0, 0, 0]);
  });

  test('is one of several, which are closed each by itself or all with the runtime', async () => {
    const { runtime, left } = host();
    const first = await runtime.prewarm({ count: 2, bundle: '/bundle' });
    const second = await runtime.prewarm({ count: 1 });
    const third = await runtime.prewarm({ count: 1 });
    expect([first.ready, second.ready, third.ready]).toEqual([2, 1, 1]);
    expect(runtime.pool).toBe(third);
    await third.close();
    expect(runtime.pool).toBe(second);
    await runtime.close();
    expect([first.ready, second.ready, runtime.pool]).toEqual([0, 0, null]);
    expect(await left()).toEqual([]);
  });

  test('is passed over by a container that asks for a cgroup of its own', async () => {
    const { machine, runtime, create } = host();
    const pool = await runtime.prewarm({ count: 1, bundle: '/bundle' });
    const whole = machine.tree.need('/bundle/config.json', 'read').text;
    const parsed = JSON.parse(whole) as object;
    machine.tree.plant('/bundle/other.json', JSON.stringify({ ...parsed, linux: { namespaces, cgroupsPath: '/of/its/own' } }));
    const container = await create({ configFile: '/bundle/other.json' });
    expect([pool.ready, pool.warm, pool.cold]).toEqual([1, 0, 1]);
    expect(container.state().status).toBe('created');
  });

  test.each(['killed', 'stopped'])('passes over a slot that somebody has %s', async (how) => {
    const { machine, runtime, create, left } = host();
    const pool = await runtime.prewarm({ count: 2, bundle: '/bundle' });
    const [slot] = [...machine.processes.all.values()].filter(({ name }) => name.includes('tsrun-init')).slice(-2);
    if (slot === undefined) throw new Error('there is no slot');
    machine.processes.signal(slot, how === 'killed' ? 9 : 19);
    const container = await create();
    expect([pool.warm, pool.cold]).toEqual([1, 0]);
    expect(container.pid).not.toBe(slot.pid);
    await container.delete({ force: true });
    await pool.close();
    expect(await left()).toEqual([]);
  });

  test('makes new slots when its bundle has changed', async () => {
    const { machine, runtime, create } = host();
    const pool = await runtime.prewarm({ count: 1, bundle: '/bundle' });
    const file = machine.tree.need('/bundle/config.json', 'read');
    const { hostname } = JSON.parse(file.text) as { hostname: string };
    file.text = file.text.replace(`"${hostname}"`, '"renamed"');
    await create();
    expect(pool.cold).toBe(1);
    await pool.fill();
    await create({ id: 'next' });
    expect(pool.warm).toBe(1);
    await pool.close();
  });
});

describe('prewarm', () => {
  test.each([0, -1, 1.5, 1001, NaN, '2'])('refuses the count %j and keeps the pool there was', async (count) => {
    const { runtime } = host();
    const pool = await runtime.prewarm({ count: 1 });
    expect(await refusal(() => runtime.prewarm({ count: untyped<number>(count) }))).toMatchObject({
      code: 'usage',
      message: `prewarm: the count must be an integer from 1 to 1000, found ${typeof count === 'string' ? JSON.stringify(count) : count}`,
    });
    expect(runtime.pool).toBe(pool);
    expect(pool.ready).toBe(1);
    await pool.close();
  });

  test.each([1, 1001, 2.5, NaN])('refuses the bound %j for two slots', async (max) => {
    const { runtime, left } = host();
    expect(await refusal(() => runtime.prewarm({ count: 2, max }))).toMatchObject({ code: 'usage', path: 'max' });
    expect(await left()).toEqual([]);
  });

  test.each([{ bundle: 7 }, { configFile: 'a\0b' }, { overlay: {} }])('refuses %j', async (wrong) => {
    const { runtime, left } = host();
    expect(await refusal(() => runtime.prewarm(untyped<PrewarmRequest>({ count: 1, ...wrong })))).toMatchObject({ code: 'usage' });
    expect(await left()).toEqual([]);
  });

  test('of a bundle that is not there fails, and leaves nothing', async () => {
    const { runtime, left } = host();
    expect(await refusal(() => runtime.prewarm({ count: 1, bundle: '/absent' }))).toMatchObject({ code: 'bundle' });
    expect(runtime.pool).toBeNull();
    expect(await left()).toEqual([]);
  });

  test('of a slot that cannot be made fails, and leaves nothing', async () => {
    const { runtime, left } = host({ script: ({ op }) => (op === 'nextPlan' ? 'die' : undefined) });
    expect((await refusal(() => runtime.prewarm({ count: 2, bundle: '/bundle' }))).code).toBe('setup');
    expect(runtime.pool).toBeNull();
    expect(await left()).toEqual([]);
  });
});

test('a slot that can no longer be made is the failure of the pool, and the container is created from the beginning', async () => {
  let broken = false;
  const { runtime, create } = host({ script: ({ op }) => (op === 'nextPlan' && broken ? 'die' : undefined) });
  const pool = await runtime.prewarm({ count: 1, bundle: '/bundle' });
  broken = true;
  await create();
  await refusal(() => pool.fill());
  expect(pool.failure).toMatchObject({ code: 'setup' });
  const container = await create({ id: 'cold' });
  expect(container.state().status).toBe('created');
  expect([pool.warm, pool.cold]).toEqual([1, 1]);
  broken = false;
  await pool.fill();
  expect(pool.failure).toBeUndefined();
  await pool.close();
});

test('a container that cannot be made from its slot fails, and leaves nothing', async () => {
  const { runtime, create, left } = host({ script: ({ op }) => (op === 'ready' ? 'fail' : undefined) });
  const pool = await runtime.prewarm({ count: 1, bundle: '/bundle' });
  expect((await refusal(() => create({ stdio: 'pipe' }))).code).toBe('setup');
  expect(runtime.list()).toEqual([]);
  await pool.close();
  expect(await left()).toEqual([]);
});
