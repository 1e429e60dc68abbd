import { can, describe, expect, makeBundle, runtime, succeed, test, type Config } from '../harness/index.js';

async function check(config: (config: Config) => void): Promise<string> {
  const outcome = await runtime(['check', '--bundle', makeBundle({ config }).directory]);
  expect(outcome.code, outcome.stdout + outcome.stderr).toBe(1);
  return outcome.stdout + outcome.stderr;
}

describe.runIf(can.tsrun)('check', () => {
  test('reports nothing for a good bundle', async () => {
    succeed(await runtime(['check', '--bundle', makeBundle().directory]));
  });

  test('lists all problems at once, each with its JSON pointer', async () => {
    const text = await check((config) => {
      config.process.cwd = 'relative';
      Object.assign(config.process.user, { uid: 'root' });
      config.mounts.push({ destination: 'relative/too', type: 'tmpfs' });
      config.linux.namespaces.push({ type: 'space' });
      config.process.rlimits = [{ type: 'RLIMIT_LUCK', soft: 1, hard: 1 }];
    });
    for (const pointer of [
      '/process/cwd',
      '/process/user/uid',
      '/mounts/7/destination',
      '/linux/namespaces/6/type',
      '/process/rlimits/0/type',
    ])
      expect(text).toContain(pointer);
  });

  test('shows what was expected', async () => {
    expect(await check((config) => Object.assign(config, { hostname: 7 }))).toMatch(/\/hostname.*string/s);
  });

  test('reports what this host cannot do', async () => {
    expect(await check((config) => (config.linux.resources = { rdma: { mlx5_0: { hcaHandles: 1 } } }))).toMatch(/\/linux\/resources\/rdma/);
  });

  test('reports a missing rootfs', async () => {
    expect(await check((config) => (config.root.path = 'nowhere'))).toMatch(/\/root\/path.*nowhere/s);
  });

  test('reports a missing required field', async () => {
    expect(await check((config) => delete (config as Partial<Config>).ociVersion)).toContain('/ociVersion');
  });
});
