import { expect, test } from 'vitest';
import { defineBundle } from '../../../../src/library/bundle/define_bundle.js';
import type { BundleDefinition } from '../../../../src/library/bundle/definition.js';
import { refusal, untyped } from '../host.js';

const rootfs = '/bundle/rootfs';
const define = (more: Readonly<Record<string, unknown>> = {}) => defineBundle(untyped<BundleDefinition>({ rootfs, args: ['sh'], ...more }));

test('a sandbox is nobody, without capabilities, in new namespaces, with limits and a root file system that is read-only', () => {
  const { config } = define();
  expect(config).toMatchObject({
    ociVersion: '1.3.0',
    root: { path: rootfs, readonly: true },
    process: {
      user: { uid: 65534, gid: 65534 },
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
      noNewPrivileges: true,
      terminal: false,
    },
    linux: {
      resources: {
        memory: { limit: 256 << 20, swap: 256 << 20 },
        pids: { limit: 64 },
        cpu: { quota: 100_000, period: 100_000 },
        devices: [{ allow: false, access: 'rwm' }],
      },
      seccomp: { defaultAction: 'SCMP_ACT_ERRNO' },
    },
  });
  expect(config.linux?.namespaces?.map(({ type }) => type)).toEqual(['pid', 'ipc', 'uts', 'mount', 'cgroup', 'network']);
  expect(config.linux?.maskedPaths).toEqual(
    expect.arrayContaining(['/proc/kcore', '/proc/keys', '/proc/interrupts', '/sys/firmware', '/sys/devices/virtual/powercap']),
  );
  expect(config.mounts).toContainEqual(
    expect.objectContaining({ destination: '/tmp', options: expect.arrayContaining([`size=${64 << 20}`]) as unknown }),
  );
});

test.each([
  ['service', true, 7, undefined],
  ['build', false, 10, undefined],
])('the preset %s is root with few capabilities', (preset, readonly, count, cpu) => {
  const { config } = define({ preset });
  expect(config.root?.readonly).toBe(readonly);
  expect(config.process?.user?.uid).toBe(0);
  expect(config.process?.capabilities?.bounding).toHaveLength(count);
  expect(config.linux?.resources?.cpu).toBe(cpu);
});

test('what is given replaces the preset', () => {
  const { config } = define({
    env: { A: 'b', PATH: '/bin' },
    cwd: '/tmp',
    user: { uid: 7, additionalGids: [3] },
    hostname: 'h',
    mounts: [{ destination: '/data', type: 'tmpfs', source: 'tmpfs' }],
    writable: true,
    scratch: 0,
    limits: { memory: 1 << 20, cpus: 'none', openFiles: 'none' },
    network: 'host',
    capabilities: ['CAP_SYS_CHROOT'],
    seccomp: 'unconfined',
    userNamespace: { uid: 100_000 },
    annotations: { 'org.example': 'x' },
  });
  expect(config).toMatchObject({
    root: { readonly: false },
    hostname: 'h',
    annotations: { 'org.example': 'x' },
    process: {
      env: ['PATH=/bin', 'A=b'],
      cwd: '/tmp',
      user: { uid: 7, gid: 7, additionalGids: [3] },
      // Only the ambient set reaches a program of a user other than root.
      capabilities: { ambient: ['CAP_SYS_CHROOT'] },
      rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
    },
    linux: {
      uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
      gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    },
  });
  expect(config.linux?.resources).toEqual({
    devices: [{ allow: false, access: 'rwm' }],
    memory: { limit: 1 << 20, swap: 1 << 20 },
    pids: { limit: 64 },
  });
  expect(config.linux?.seccomp).toBeUndefined();
  expect(config.linux?.namespaces?.map(({ type }) => type)).toEqual(['pid', 'ipc', 'uts', 'mount', 'cgroup', 'user']);
  expect(config.mounts?.map(({ destination }) => destination)).not.toContain('/tmp');
  expect(config.mounts?.at(-1)?.destination).toBe('/data');
});

test('a network namespace may be one that exists', () => {
  expect(define({ network: '/run/netns/web' }).config.linux?.namespaces).toContainEqual({ type: 'network', path: '/run/netns/web' });
});

test('without limits, only devices are left', () => {
  expect(define({ limits: 'none' }).config.linux?.resources).toEqual({ devices: [{ allow: false, access: 'rwm' }] });
});

test('layers take the place of the root file system, with writes to memory', () => {
  const { config, ...rest } = define({ rootfs: undefined, layers: ['/top', '/bottom'] });
  expect(rest).toEqual({ layers: ['/top', '/bottom'], overlay: 'memory' });
  expect(config.root?.path).toBe('/bottom');
});

test('members that are undefined or null count as absent', () => {
  const absent = { preset: undefined, limits: undefined, mounts: undefined, seccomp: undefined, user: null, layers: null };
  expect(define(absent).config).toEqual(define().config);
});

test.each([
  [{ rootfs: undefined }, 'rootfs', 'give either "rootfs" or "layers"'],
  [{ layers: ['/a'] }, 'rootfs', 'give either "rootfs" or "layers"'],
  [{ rootfs: undefined, layers: [] }, 'layers', '"layers" must name a directory'],
  [{ rootfs: undefined, layers: ['a'] }, 'layers', 'absolute directories, found "a"'],
  [{ args: [] }, 'args', 'must name a program'],
  [{ args: 'sh' }, 'args', '"args" must be an array'],
  [{ readOnly: true }, 'readOnly', 'unknown member "readOnly"'],
  [{ limits: { ram: 1 } }, 'limits.ram', 'unknown member "limits.ram"'],
  [{ limits: 'all' }, 'limits', '"limits" must be one of none'],
  [{ limits: { cpus: 0 } }, 'limits.cpus', 'a number from 0.01 to 10000'],
  [{ preset: 'toString' }, 'preset', '"preset" must be one of sandbox, service, build'],
  [{ env: { A: 1 } }, 'env.A', '"env.A" must be a string'],
])('refuses %j', async (wrong, path, words) => {
  const error = await refusal(() => define(wrong));
  expect(error).toMatchObject({ code: 'usage', operation: 'defineBundle', path });
  expect(error.message).toContain(words);
});

test.each([[undefined], [null], ['/rootfs'], [[]]])('refuses %j in place of a definition', async (wrong) => {
  expect(await refusal(() => defineBundle(untyped<BundleDefinition>(wrong)))).toMatchObject({ code: 'usage' });
});

test.each([
  [{ mounts: [{ type: 'tmpfs' }] }, '/mounts/'],
  [{ seccomp: { defaultAction: 'SCMP_ACT_MAYBE' } }, '/linux/seccomp/defaultAction'],
])('refuses what runtime-spec does not allow: %j', async (wrong, pointer) => {
  const error = await refusal(() => define(wrong));
  expect(error.code).toBe('invalid-config');
  expect(error.message).toContain(pointer);
});

test('the result can be changed neither itself nor through what it was made of', () => {
  const args = ['sh'];
  const mounts = [{ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] }];
  const { config } = define({ args, mounts });
  args.push('-c');
  mounts[0]?.options.push('exec');
  expect(config.process?.args).toEqual(['sh']);
  expect(config.mounts?.at(-1)?.options).toEqual(['size=1m']);
  expect(Object.isFrozen(args)).toBe(false);
  expect(() => (config.process?.args as string[]).push('x')).toThrow(TypeError);
  expect(() => Object.assign(config, { linux: {} })).toThrow(TypeError);
});

test.each([
  [undefined, true],
  [{ uid: 1000, size: 6 }, true],
  [{ uid: 1000, size: 5 }, false],
  [{ uid: 1000, size: 1 }, false],
])('with the ids %j, terminals belong to the group tty: %j', (userNamespace, has) => {
  const { config } = define(userNamespace === undefined ? {} : { userNamespace });
  const terminals = config.mounts?.find(({ destination }) => destination === '/dev/pts');
  expect(terminals?.options?.includes('gid=5')).toBe(has);
  expect(terminals?.options).toContain('ptmxmode=0666');
});
