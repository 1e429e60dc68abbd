import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  can,
  describe,
  expect,
  fail,
  leftovers,
  makeBundle,
  mark,
  runtime,
  stateRoot,
  succeed,
  test,
  type Config,
} from '../harness/index.js';

describe.runIf(can.tsrun)('plan', () => {
  test('prints the operations in order, and carries out nothing', async () => {
    const bundle = makeBundle();
    const text = succeed(await runtime(['plan', '--bundle', bundle.directory]));
    const [proc, pivot, host, end] = [/mount.*\/proc/, /pivot/i, /hostname.*box/, /execute.*sleep/].map((pattern) =>
      text.split('\n').findIndex((line) => pattern.test(line)),
    );
    expect([proc, pivot, host, end]).not.toContain(-1);
    expect(proc).toBeLessThan(pivot ?? 0);
    expect(pivot).toBeLessThan(end ?? 0);
    expect(leftovers(mark, stateRoot)).toEqual([]);
  });

  test('--format json contains one object per operation', async () => {
    const plan = JSON.parse(succeed(await runtime(['plan', '--format', 'json', '--bundle', makeBundle().directory]))) as {
      operations: { operation: string }[];
    };
    const names = plan.operations.map((operation) => operation.operation);
    expect(names.at(-1)).toBe('execute');
    expect(names).toEqual(expect.arrayContaining(['mount', 'pivotRoot', 'hostname', 'mask', 'readonlyPath', 'capabilities']));
  });

  test('is the same every time', async () => {
    const bundle = makeBundle();
    const plans = [await runtime(['plan', '--bundle', bundle.directory]), await runtime(['plan', '--bundle', bundle.directory])];
    expect(succeed(plans[0] as never)).toBe(succeed(plans[1] as never));
  });

  test('accepts the flags of create', async () => {
    const text = succeed(await runtime(['plan', '--no-pivot', '--overlay', '--bundle', makeBundle().directory]));
    expect(text).not.toMatch(/pivotRoot/);
    expect(text).toMatch(/overlay/);
  });

  test('fails if the bundle cannot be read', async () => {
    expect(fail(await runtime(['plan', '--bundle', '/no/where']))).toMatch(/\/no\/where/);
  });
});

const built = join(import.meta.dirname, '../../../dist');
const hosts = { executable: [join(built, 'tsrun')], node: ['node', join(built, 'main.js')] } as const;

/** What the plan is made of: numbers of 64 bits, text that is not ASCII, lists, bytes of a filter. */
const configs: readonly (readonly [string, (config: Config) => void])[] = [
  ['the default configuration', () => undefined],
  [
    'mounts with data, options and propagation',
    (config) => {
      config.mounts.push(
        { destination: '/größe', type: 'tmpfs', source: 'tmpfs', options: ['size=64k', 'mode=1777', 'noexec', 'rslave'] },
        { destination: '/bound', type: 'none', source: '/tmp', options: ['rbind', 'rro', 'nosuid'] },
      );
    },
  ],
  [
    'a user namespace, a time namespace and ids',
    ({ linux, process }) => {
      linux.namespaces.push({ type: 'user' }, { type: 'time' });
      linux.uidMappings = linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      linux['timeOffsets'] = { monotonic: { secs: 4_294_967_296, nanosecs: 999_999_999 } };
      process.user = { uid: 1000, gid: 7, umask: 0o27, additionalGids: [1, 65_535] };
    },
  ],
  [
    'a seccomp profile and limits of 64 bits',
    ({ linux, process }) => {
      linux['seccomp'] = {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'],
        syscalls: [
          {
            names: ['personality', 'mkdir'],
            action: 'SCMP_ACT_ERRNO',
            errnoRet: 95,
            args: [{ index: 0, value: 4_294_967_295, valueTwo: 8, op: 'SCMP_CMP_MASKED_EQ' }],
          },
        ],
      };
      process.user = { uid: 4_294_967_294, gid: 4_294_967_293 };
      process.rlimits = [{ type: 'RLIMIT_CORE', soft: 0, hard: 9_007_199_254_740_993n }];
    },
  ],
];

describe.runIf(can.tsrun && existsSync(hosts.executable[0]))('the plan of the executable and of Node.js', () => {
  test.each(configs)('is the same for %s', (_, config) => {
    const { directory } = makeBundle({ config });
    const [executable, node] = [hosts.executable, hosts.node].map(([program, ...first]) => {
      const args = [...first, 'plan', '--format', 'json', '--bundle', directory];
      const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      return { status, stdout, stderr };
    });
    expect(executable?.status).toBe(0);
    expect(executable?.stdout).toMatch(/"execute"/);
    expect(node).toEqual(executable);
  });
});
