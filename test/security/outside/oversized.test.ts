import { writeFileSync } from 'node:fs';
import { describe, expect, fail, gone, makeBundle, newId, run, runtime, test, type Config } from '../harness/index.js';

type Change = (config: Config, text: string) => unknown;

/** Every string of a configuration that reaches the kernel. */
const places: readonly (readonly [string, Change])[] = [
  ['an argument', (config, text) => config.process.args.push(text)],
  ['the program', (config, text) => (config.process.args = [text])],
  ['an environment variable', (config, text) => config.process.env.push(`A=${text}`)],
  ['cwd', (config, text) => (config.process.cwd = `/${text}`)],
  ['hostname', (config, text) => (config.hostname = text)],
  ['domainname', (config, text) => (config.domainname = text)],
  ['root.path', (config, text) => (config.root.path = text)],
  ["a mount's destination", (config, text) => config.mounts.push({ destination: `/${text}`, type: 'tmpfs', source: 'tmpfs' })],
  ["a mount's source", (config, text) => config.mounts.push({ destination: '/tmp', type: 'bind', source: `/${text}`, options: ['bind'] })],
  ["a mount's type", (config, text) => config.mounts.push({ destination: '/tmp', type: `t${text}`, source: 'x' })],
  [
    "a mount's option",
    (config, text) => config.mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: [`size=${text}`] }),
  ],
  ['a masked path', (config, text) => config.linux.maskedPaths?.push(`/${text}`)],
  ['a read-only path', (config, text) => config.linux.readonlyPaths?.push(`/${text}`)],
  ['a device', (config, text) => (config.linux.devices = [{ path: `/dev/${text}`, type: 'c', major: 1, minor: 3 }])],
  ['the path of a namespace', (config, text) => config.linux.namespaces.splice(1, 1, { type: 'network', path: `/${text}` })],
  ['cgroupsPath', (config, text) => (config.linux.cgroupsPath = `/${text}`)],
  ['the name of a kernel parameter', (config, text) => (config.linux.sysctl = { [`net.ipv4.${text}`]: '1' })],
  ['the value of a kernel parameter', (config, text) => (config.linux.sysctl = { 'net.ipv4.ip_forward': text })],
  ['an AppArmor profile', (config, text) => (config.process['apparmorProfile'] = text)],
  ['a SELinux label', (config, text) => (config.process['selinuxLabel'] = text)],
  ["a hook's path", (config, text) => (config.hooks = { createRuntime: [{ path: `/${text}` }] })],
  ["a hook's argument", (config, text) => (config.hooks = { createRuntime: [{ path: '/bin/true', args: ['true', text] }] })],
];

/** Places where a long string may be valid, or may be missing and ignored. */
const mayBeLong: ReadonlySet<string> = new Set(['an argument', 'an environment variable', "a hook's argument"]);

describe('a NUL, which ends a string for the kernel but not for the checks, is refused: CVE-2021-43784', () => {
  test.each(places)('in %s', async (_place, change) => {
    const bundle = makeBundle({ args: ['true'] });
    change(bundle.config, 'a\0b');
    bundle.save();
    const id = newId();
    const outcome = await run(bundle, { id });
    expect(fail(outcome).trim().split('\n')).toHaveLength(1);
    await gone(id);
  });
});

describe('a text longer than every limit is refused: CVE-2021-43784', () => {
  test.each(places.flatMap(([place, change]) => [5_000, 70_000, 3_000_000].map((length) => [place, length, change] as const)))(
    'in %s: %d',
    async (place, length, change) => {
      const bundle = makeBundle({ args: ['true'] });
      change(bundle.config, 'a'.repeat(length));
      bundle.save();
      const id = newId();
      const outcome = await run(bundle, { id });
      if (!mayBeLong.has(place)) fail(outcome);
      expect([0, 1]).toContain(outcome.code);
      // Nobody wants to read it all again.
      expect(outcome.stderr.length).toBeLessThan(30_000);
      await gone(id);
    },
  );
});

describe('a configuration of excessive size is refused: CVE-2021-43784', () => {
  const sizes: readonly (readonly [string, (config: Config) => unknown])[] = [
    [
      'id mappings',
      (config) => {
        config.linux.namespaces.push({ type: 'user' });
        config.linux.uidMappings = Array.from({ length: 100_000 }, (_, index) => ({
          containerID: index,
          hostID: 100_000 + index,
          size: 1,
        }));
        config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      },
    ],
    [
      'mounts',
      (config) => (config.mounts = Array.from({ length: 200_000 }, (_, index) => ({ destination: `/tmp/${index}`, type: 'none-such' }))),
    ],
    [
      'namespaces',
      (config) => (config.linux.namespaces = Array.from({ length: 100_000 }, () => ({ type: 'pid', path: '/proc/1/ns/pid' }))),
    ],
    ['groups', (config) => (config.process.user.additionalGids = Array.from({ length: 100_000 }, (_, index) => index))],
    ['arguments', (config) => (config.process.args = Array.from({ length: 500_000 }, () => 'true'))],
  ];

  test.each(sizes)('%s', async (_name, change) => {
    const bundle = makeBundle({ args: ['true'] });
    change(bundle.config);
    bundle.save();
    const id = newId();
    fail(await run(bundle, { id }));
    await gone(id);
  });

  test('nesting depth', async () => {
    const bundle = makeBundle();
    writeFileSync(`${bundle.directory}/config.json`, `${'{"a":['.repeat(200_000)}`);
    const id = newId();
    fail(await runtime(['create', '--bundle', bundle.directory, id]));
    await gone(id);
  });
});
