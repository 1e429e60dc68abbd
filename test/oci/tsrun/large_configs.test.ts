import { can, describe, expect, makeBundle, runtime, test, type Config } from '../harness/index.js';

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const record = (count: number, value: unknown, name = (index: number): string => `a${index}`): Record<string, unknown> =>
  Object.fromEntries(times(count, (index) => [name(index), value]));
const mappings = (count: number) => times(count, (index) => ({ containerID: 2 * index, hostID: 2 * index, size: 1 }));
const resources = (config: Config): Record<string, unknown> => (config.linux.resources ??= {});
const seccomp = (syscalls: readonly unknown[]) => ({ defaultAction: 'SCMP_ACT_ALLOW', syscalls });
const equal = (index: number) => ({ index: 0, value: index, op: 'SCMP_CMP_EQ' });
const errno = 'SCMP_ACT_ERRNO';

/** Lists and maps of a configuration, with `count` entries. */
const kinds: Readonly<Record<string, (config: Config, count: number) => unknown>> = {
  annotations: (config, count) => (config.annotations = record(count, 'b') as Record<string, string>),
  arguments: ({ process }, count) => (process.args = times(count, () => 'a')),
  'bind mounts': ({ mounts }, count) =>
    mounts.push(...times(count, (index) => ({ destination: `/m${index}`, type: 'bind', source: '/tmp', options: ['bind'] }))),
  mounts: ({ mounts }, count) => mounts.push(...times(count, (index) => ({ destination: `/m${index}`, type: 'tmpfs', source: 'tmpfs' }))),
  'mounts with a warning': ({ mounts }, count) =>
    mounts.push(...times(count, (index) => ({ destination: `m${index}`, type: 'tmpfs', source: 'tmpfs' }))),
  'mounts with an error': ({ mounts }, count) => mounts.push(...times(count, () => ({ destination: '' }))),
  'mounts of a wrong shape beside others with an error': ({ mounts }, count) =>
    mounts.push(...(times(count, (index) => (index % 2 === 0 ? { destination: '' } : { destination: 7 })) as unknown as Config['mounts'])),
  'options of a mount': ({ mounts }, count) =>
    mounts.push({ destination: '/m', type: 'tmpfs', options: times(count, (index) => `o${index}`) }),
  'mappings of a mount': ({ mounts }, count) =>
    mounts.push({
      destination: '/m',
      type: 'bind',
      source: '/tmp',
      options: ['bind'],
      uidMappings: mappings(count),
      gidMappings: mappings(count),
    }),
  capabilities: ({ process }, count) => Object.assign(process, { capabilities: { bounding: times(count, (index) => `CAP_X${index}`) } }),
  'device rules': (config, count) =>
    (resources(config)['devices'] = times(count, (index) => ({
      allow: index % 2 === 0,
      type: 'c',
      major: index % 4096,
      minor: index,
      access: 'rwm',
    }))),
  devices: ({ linux }, count) =>
    Object.assign(linux, { devices: times(count, (index) => ({ path: `/dev/x${index}`, type: 'c', major: 1, minor: 3 })) }),
  environment: ({ process }, count) => (process.env = times(count, (index) => `A${index}=1`)),
  'groups, and mappings without them': (config, count) => {
    config.linux.namespaces.push({ type: 'user' });
    Object.assign(config.linux, { uidMappings: mappings(count), gidMappings: mappings(count) });
    Object.assign(config.process.user, { additionalGids: times(count, (index) => 2 * index + 1) });
  },
  hooks: (config, count) =>
    Object.assign(config, { hooks: { startContainer: times(count, () => ({ path: '/bin/true', args: ['true'], env: ['a=b'] })) } }),
  'limits of resources': ({ process }, count) =>
    Object.assign(process, { rlimits: times(count, () => ({ type: 'RLIMIT_CORE', soft: 1, hard: 1 })) }),
  'masked paths': ({ linux }, count) => Object.assign(linux, { maskedPaths: times(count, (index) => `/proc/m${index}`) }),
  namespaces: ({ linux }, count) => linux.namespaces.push(...times(count, () => ({ type: 'pid' }))),
  'network devices': ({ linux }, count) => Object.assign(linux, { netDevices: record(count, { name: 'b' }) }),
  'read-only paths': ({ linux }, count) => Object.assign(linux, { readonlyPaths: times(count, (index) => `/proc/m${index}`) }),
  'seccomp names': ({ linux }, count) =>
    Object.assign(linux, { seccomp: seccomp([{ names: times(count, (index) => `x${index}`), action: errno }]) }),
  'seccomp names that are one': ({ linux }, count) =>
    Object.assign(linux, { seccomp: seccomp([{ names: times(count, () => 'read'), action: errno }]) }),
  'seccomp entries': ({ linux }, count) =>
    Object.assign(linux, { seccomp: seccomp(times(count, (index) => ({ names: ['read'], action: errno, args: [equal(index)] }))) }),
  'seccomp names, each with all conditions': ({ linux }, count) =>
    Object.assign(linux, { seccomp: seccomp([{ names: times(count, (index) => `x${index}`), action: errno, args: times(count, equal) }]) }),
  sysctls: ({ linux }, count) => Object.assign(linux, { sysctl: record(count, '1', (index) => `net.a${index}`) }),
  'unified limits': (config, count) => (resources(config)['unified'] = record(count, '1', (index) => `memory.a${index}`)),
};

/** Processor seconds that a verb takes, whatever its result. Not elapsed time, because the machine may be busy. */
async function cost(verb: string, kind: string, count: number): Promise<number> {
  const { directory } = makeBundle({ config: (config) => kinds[kind]?.(config, count) });
  const script = '"$@" >/dev/null 2>&1; test $? -le 1 || exit 9; times';
  const { code, stdout } = await runtime([verb, '--bundle', directory], { wrapper: ['sh', '-c', script, 'sh'], timeout: 60_000 });
  expect(code, `${verb} of ${count} ${kind}`).toBe(0);
  const children = stdout.trim().split('\n')[1] ?? '';
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0);
}

// Four times as many entries may take four times as long; comparing all pairs would take sixteen times. Below a second the difference is
// noise.
describe.runIf(can.tsrun)('the time to create a container is bounded by the size of its configuration', () => {
  describe.each(['check', 'plan'])('%s', (verb) => {
    test.each(Object.keys(kinds))('%s', { timeout: 120_000 }, async (kind) => {
      const some = await cost(verb, kind, 2_000);
      const most = Math.max(1, 10 * some);
      const first = await cost(verb, kind, 8_000);
      // On a busy machine, other work may cost this one its caches.
      const more = first < most ? first : Math.min(first, await cost(verb, kind, 8_000));
      expect(more, `${some} s became ${more} s`).toBeLessThan(most);
    });
  });
});

describe.runIf(can.tsrun)('a seccomp profile that is too large for a filter', () => {
  test('is refused with the number of its rules', async () => {
    const { directory } = makeBundle({ config: (config) => kinds['seccomp names, each with all conditions']?.(config, 100) });
    const { code, stderr } = await runtime(['plan', '--bundle', directory]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/more than 4096 rules with arguments.*at most 4096 instructions/s);
  });
});
