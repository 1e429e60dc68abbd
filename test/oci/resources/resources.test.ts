import { existsSync, readFileSync, readdirSync } from 'node:fs';
import {
  can,
  cgroup2Mount,
  controllers,
  created,
  describe,
  expect,
  fail,
  inside,
  makeBundle,
  mark,
  newId,
  refused,
  run,
  running,
  runtime,
  stateOf,
  succeed,
  sweep,
  test,
  until,
  type Config,
} from '../harness/index.js';

const mount = cgroup2Mount ?? '';

/** The directory of the container's cgroup on the host. */
async function cgroupOf(id: string): Promise<string> {
  const { pid } = await stateOf(id);
  const line =
    readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .split('\n')
      .find((one) => one.startsWith('0::')) ?? '';
  return mount + line.slice(3);
}

const limit = (resources: Record<string, unknown>) => (config: Config) =>
  void (config.linux.resources = { ...config.linux.resources, ...resources });

describe.runIf(can.cgroup2)("the container's cgroup", () => {
  test('is created and holds its processes', async () => {
    const container = await running({ script: 'sleep 1000 & wait' });
    const directory = await cgroupOf(container.id);
    await until('two processes', () => readFileSync(`${directory}/cgroup.procs`, 'utf8').trim().split('\n').length === 2);
  });

  test('is removed by delete', async () => {
    const container = await running();
    const directory = await cgroupOf(container.id);
    succeed(await runtime(['delete', '--force', container.id]));
    expect(existsSync(directory)).toBe(false);
  });

  test('holds the container from its creation on', async () => {
    const container = await created();
    expect(await cgroupOf(container.id)).toContain(container.id);
  });

  test('is at cgroupsPath', async () => {
    const name = `${mark}-own/deep/er`;
    const container = await running({ config: (config) => (config.linux.cgroupsPath = `/${name}`) });
    expect(await cgroupOf(container.id)).toBe(`${mount}/${name}`);
    succeed(await runtime(['delete', '--force', container.id]));
    expect(existsSync(`${mount}/${name}`)).toBe(false);
    // The peers leave the parent directories that they created.
    if (can.tsrun) expect(existsSync(`${mount}/${mark}-own`)).toBe(false);
    else await sweep();
  });

  test.runIf(can.runcCommand)('with a relative cgroupsPath is below the default parent', async () => {
    const name = `${mark}-relative`;
    const container = await running({ config: (config) => (config.linux.cgroupsPath = name) });
    expect(await cgroupOf(container.id)).toMatch(new RegExp(`/${name}$`));
  });

  test.runIf(can.runcCommand)('cannot be outside of the hierarchy', async () => {
    const before = readdirSync('/sys/fs');
    const bundle = makeBundle({ args: ['true'], config: (config) => (config.linux.cgroupsPath = `/../../../${mark}-out`) });
    await run(bundle);
    expect(readdirSync('/sys/fs')).toEqual(before);
    expect(existsSync(`/${mark}-out`)).toBe(false);
  });

  test('may be used by two containers, one after the other', async () => {
    const config = (one: Config): void => void (one.linux.cgroupsPath = `/${mark}-twice`);
    expect(await inside('echo one', config)).toBe('one');
    expect(await inside('echo two', config)).toBe('two');
  });
});

/** If the controllers are on v2, the limit must be in the container's file. */
describe.runIf(can.cgroup2)('limits', () => {
  const cases = [
    ['pids', { pids: { limit: 42 } }, 'pids.max', '42'],
    ['pids', { pids: { limit: -1 } }, 'pids.max', 'max'],
    ['memory', { memory: { limit: 67_108_864 } }, 'memory.max', '67108864'],
    ['memory', { memory: { reservation: 33_554_432 } }, 'memory.low', '33554432'],
    ['memory', { memory: { limit: 67_108_864, swap: 134_217_728 } }, 'memory.swap.max', '67108864'],
    ['cpu', { cpu: { quota: 50_000, period: 200_000 } }, 'cpu.max', '50000 200000'],
    ['cpu', { cpu: { shares: 1024 } }, 'cpu.weight', /^(39|100)$/],
    ['cpuset', { cpu: { cpus: '0' } }, 'cpuset.cpus', '0'],
    ['hugetlb', { hugepageLimits: [{ pageSize: '2MB', limit: 4_194_304 }] }, 'hugetlb.2MB.max', '4194304'],
  ] as const;

  for (const [controller, resources, file, value] of cases) {
    const there = controllers.includes(controller);
    test.runIf(there)(`${JSON.stringify(resources)} is ${file} ${String(value)}`, async () => {
      const container = await running({ config: limit(resources) });
      const text = readFileSync(`${await cgroupOf(container.id)}/${file}`, 'utf8').trim();
      if (typeof value === 'string') expect(text).toBe(value);
      else expect(text).toMatch(value);
    });

    test.runIf(!there && can.refuseMissingControllers && value !== 'max')(
      `${JSON.stringify(resources)} without the controller is an error that names it`,
      async () => {
        const id = newId();
        const message = fail(await run(makeBundle({ args: ['true'], config: limit(resources) }), { id }));
        expect(message).toMatch(new RegExp(`\\b${controller}\\b`));
        fail(await runtime(['state', id]));
      },
    );
  }

  test.runIf(controllers.includes('hugetlb'))('unified writes to the named file', async () => {
    const container = await running({ config: limit({ unified: { 'hugetlb.2MB.max': '6291456' } }) });
    expect(readFileSync(`${await cgroupOf(container.id)}/hugetlb.2MB.max`, 'utf8').trim()).toBe('6291456');
  });

  test('unified with a missing file fails and names it', async () => {
    expect(await refused(limit({ unified: { 'luck.max': '1' } }))).toMatch(/luck/);
  });

  test.runIf(can.tsrun).each([{ memory: { limit: -5 } }, { memory: { limit: 67_108_864, swap: -5 } }, { pids: { limit: -5 } }])(
    '%j is refused by create and run, before anything is made',
    async (resources) => {
      const { directory } = makeBundle({ args: ['true'], config: limit(resources) });
      for (const verb of ['create', 'run']) {
        const id = newId();
        expect(fail(await runtime([verb, '--bundle', directory, id]))).toMatch(/must be a number from -1 on, found -5/);
        fail(await runtime(['state', id]));
      }
    },
  );

  test.each(['../escape', 'a/b', '..'])('unified does not reach out of the cgroup: %s', async (name) => {
    await refused(limit({ unified: { [name]: '1' } }));
  });
});

test.runIf(can.cgroup2 && can.tsrun)('a process is in its cgroup from birth, for exec as well', async () => {
  const container = await running();
  succeed(await runtime(['exec', '-d', container.id, 'sleep', '1000']));
  const procs = readFileSync(`${await cgroupOf(container.id)}/cgroup.procs`, 'utf8')
    .trim()
    .split('\n');
  expect(procs).toHaveLength(2);
});
