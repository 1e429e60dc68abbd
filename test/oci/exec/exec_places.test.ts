import { readFileSync } from 'node:fs';
import {
  can,
  describe,
  exec,
  execInside,
  expect,
  fail,
  inside,
  makeBundle,
  newId,
  newPath,
  receivedPidfd,
  running,
  runtime,
  startRuntime,
  stateOf,
  succeed,
  test,
  until,
  type Config,
  race,
} from '../harness/index.js';

describe('exec', () => {
  test.runIf(can.runcCommand)('is refused in a paused container, and waits there with --ignore-paused', async () => {
    const container = await running();
    succeed(await runtime(['pause', container.id]));
    expect(fail(await exec(container.id, ['true']), 255)).toMatch(/cannot exec in a paused container/);
    const waiting = startRuntime(['exec', '--ignore-paused', container.id, 'echo', 'thawed']);
    await until('a second process is there', async () => (await runtime(['ps', '--format', 'json', container.id])).stdout.includes(','));
    expect(waiting.output()).toBe('');
    succeed(await runtime(['resume', container.id]));
    expect(succeed(await waiting.done)).toMatch(/thawed/);
  });

  test.runIf(can.execCpuAffinity)('follows execCPUAffinity', async () => {
    const container = await running({ config: (config) => (config.process['execCPUAffinity'] = { initial: '0', final: '0' }) });
    expect(await execInside(container.id, 'grep ^Cpus_allowed_list: /proc/self/status | cut -f2')).toBe('0');
  });
});

test.runIf(can.tsrun)('exec during a creation never runs its program in the root of the host', async () => {
  const bundle = makeBundle({
    args: ['sleep', '1000'],
    // So many that the root is the host's for a while.
    config: ({ mounts }) => mounts.push(...Array.from({ length: 600 }, (_, n) => ({ destination: `/many/${n}`, type: 'tmpfs' }))),
  });
  const during = await race(1, async () => {
    const id = newId();
    const creation = startRuntime(['create', '--bundle', bundle.directory, id]);
    let ended = false;
    void creation.done.then(() => (ended = true));
    let tries = 0;
    for (; !ended; tries++) expect((await exec(id, ['ls', '-d', bundle.directory])).stdout).toBe('');
    succeed(await creation.done);
    expect(await execInside(id, 'ls -d /many/599')).toBe('/many/599');
    succeed(await runtime(['delete', '--force', id]));
    // The first may have been before there was anything.
    return tries > 1;
  });
  expect(during).toBeGreaterThan(0);
});

describe.runIf(can.pidfdSocket)('--pidfd-socket', () => {
  test('of exec receives a pidfd of the process', async () => {
    const container = await running();
    const pidFile = newPath();
    const pid = await receivedPidfd(async (socket) => {
      succeed(await exec(container.id, ['sleep', '1000'], ['--detach', '--pid-file', pidFile, '--pidfd-socket', socket]));
    });
    expect(pid).toBe(Number(readFileSync(pidFile, 'utf8')));
  });

  test('of create receives a pidfd of the init process', async () => {
    let id = '';
    const pid = await receivedPidfd(async (socket) => {
      id = (await running({ flags: ['--pidfd-socket', socket] })).id;
    });
    expect(pid).toBe((await stateOf(id)).pid);
  });
});

describe.runIf(can.memoryPolicy)('memoryPolicy', () => {
  test.each([
    ['MPOL_BIND', /bind:0/],
    ['MPOL_INTERLEAVE', /interleave:0/],
    ['MPOL_PREFERRED', /prefer:0/],
  ])('%s', async (mode, seen) => {
    const policy = (config: Config): void => {
      config.linux['memoryPolicy'] = { mode, nodes: '0' };
    };
    expect(await inside('head -n 1 /proc/self/numa_maps', policy)).toMatch(seen);
  });
});
