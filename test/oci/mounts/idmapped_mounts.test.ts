import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  can,
  describe,
  execInside,
  expect,
  inside,
  joinNamespace,
  makeBundle,
  refused,
  run,
  running,
  stateOf,
  succeed,
  test,
  type Config,
  type IdMapping,
  type Mount,
} from '../harness/index.js';

const range = (containerID: number, hostID: number, size = 1000): IdMapping[] => [{ containerID, hostID, size }];
const maps = (containerID: number, hostID: number, size = 1000) => ({
  uidMappings: range(containerID, hostID, size),
  gidMappings: range(containerID, hostID, size),
});
const bind = (source: string, more: Partial<Mount> = {}): Mount => ({
  destination: '/mnt',
  type: 'bind',
  source,
  options: ['bind'],
  ...more,
});
const add =
  (...mounts: Mount[]) =>
  (config: Config) =>
    void config.mounts.push(...mounts);

/** A directory on the disk (not on a tmpfs, which has supported id-mapped mounts for a shorter time), with a file of user 1 and group 2. */
function onDisk(): string {
  const directory = mkdtempSync('/var/tmp/tsrun-test-idmap-');
  // In the container, root is not the owner.
  chmodSync(directory, 0o755);
  afterTest(() => rmSync(directory, { recursive: true }));
  writeFileSync(`${directory}/file`, 'text');
  chownSync(`${directory}/file`, 1, 2);
  return directory;
}

/** A container whose root is host id 100000. */
const userNamespace =
  (...mounts: Mount[]) =>
  (config: Config) => {
    config.linux.namespaces.push({ type: 'user' });
    Object.assign(config.linux, maps(0, 100_000, 65_536));
    config.mounts.push(...mounts);
  };
const owned = { owner: 100_000 };

describe.runIf(can.idmappedMounts)('an id-mapped mount on a disk', () => {
  test('maps ids of the disk to ids of the host without a user namespace', async () => {
    expect(await inside('stat -c %u:%g /mnt/file', add(bind(onDisk(), maps(0, 5000))))).toBe('5001:5002');
  });

  test('maps users and groups by separate maps', async () => {
    const mount = bind(onDisk(), { uidMappings: range(0, 5000), gidMappings: range(0, 7000) });
    expect(await inside('stat -c %u:%g /mnt/file', add(mount))).toBe('5001:7002');
  });

  test('maps several ranges, and shows ids outside of them as nobody', async () => {
    const mappings = [
      { containerID: 0, hostID: 3000, size: 1 },
      { containerID: 2, hostID: 4000, size: 1 },
    ];
    expect(await inside('stat -c %u:%g /mnt/file', add(bind(onDisk(), { uidMappings: mappings, gidMappings: mappings })))).toBe(
      '65534:4000',
    );
  });

  test('with the option alone uses the maps of a joined user namespace, which the configuration need not repeat', async () => {
    const owner = await running({ config: userNamespace(), owner: 100_000 });
    const { pid } = await stateOf(owner.id);
    const config = (one: Config): void => {
      joinNamespace(one, 'user', `/proc/${pid}/ns/user`);
      add(bind(onDisk(), { options: ['bind', 'idmap'] }))(one);
    };
    expect(await inside('stat -c %u:%g /mnt/file', config, owned)).toBe('1:2');
  });

  test('maps the owner of a new file back to the disk', async () => {
    const directory = onDisk();
    chownSync(directory, 1, 1);
    const config = (one: Config): void => {
      one.process.user = { uid: 5001, gid: 5001 };
      add(bind(directory, maps(0, 5000)))(one);
    };
    await inside('touch /mnt/made', config);
    expect([statSync(`${directory}/made`).uid, statSync(`${directory}/made`).gid]).toEqual([1, 1]);
  });

  test('leaves the source unchanged', async () => {
    const directory = onDisk();
    await inside('true', add(bind(directory, maps(0, 5000))));
    expect(statSync(`${directory}/file`).uid).toBe(1);
  });

  test('can be read-only', async () => {
    const said = await inside(
      'stat -c %u /mnt/file; touch /mnt/made 2>&1; true',
      add(bind(onDisk(), { ...maps(0, 5000), options: ['bind', 'ro'] })),
    );
    expect(said).toMatch(/^5001\n.*Read-only/);
  });

  test('can be of a single file', async () => {
    expect(await inside('stat -c %u:%g /etc/one', add(bind(`${onDisk()}/file`, { destination: '/etc/one', ...maps(0, 5000) })))).toBe(
      '5001:5002',
    );
  });

  test('shows the ids of the disk in a user namespace with the same mappings', async () => {
    expect(await inside('stat -c %u:%g /mnt/file', userNamespace(bind(onDisk(), maps(0, 100_000, 65_536))), owned)).toBe('1:2');
  });

  test('can have its own mappings in a user namespace', async () => {
    expect(await inside('stat -c %u:%g /mnt/file', userNamespace(bind(onDisk(), maps(0, 100_500))), owned)).toBe('501:502');
  });

  test('shows everything as nobody without mappings in a user namespace', async () => {
    expect(await inside('stat -c %u:%g /mnt/file', userNamespace(bind(onDisk())), owned)).toBe('65534:65534');
  });

  test.each(['idmap', 'ridmap'])('with the option %s alone uses the mappings of the user namespace', async (option) => {
    expect(await inside('stat -c %u:%g /mnt/file', userNamespace(bind(onDisk(), { options: ['bind', option] })), owned)).toBe('1:2');
  });

  test.runIf(can.mappingsInOptions)("accepts crun's notation of mappings", async () => {
    expect(await inside('stat -c %u:%g /mnt/file', add(bind(onDisk(), { options: ['bind', 'idmap=uids=0-5000-10;gids=0-7000-10'] })))).toBe(
      '5001:7002',
    );
    expect(
      await inside(
        'stat -c %u:%g /mnt/file',
        userNamespace(bind(onDisk(), { options: ['bind', 'idmap=uids=@0-20-10;gids=@0-30-10'] })),
        owned,
      ),
    ).toBe('21:32');
  });

  test('looks the same to exec', async () => {
    const container = await running({ config: userNamespace(bind(onDisk(), maps(0, 100_000, 65_536))), ...owned });
    expect(await execInside(container.id, 'stat -c %u:%g /mnt/file')).toBe('1:2');
  });

  /** Runs as a caller whose directory `outer` has a tmpfs mounted on its directory `sub`. */
  const withSubmount = (outer: string): string[] => [
    'unshare',
    '-m',
    '--propagation',
    'private',
    'sh',
    '-c',
    `mount -t tmpfs tmpfs ${outer}/sub && exec "$@"`,
    'sh',
  ];

  test.each([
    ['idmap', '5000 0'],
    ['ridmap', '5000 5000'],
  ])('with %s of a recursive bind maps the mounts below it accordingly', async (option, seen) => {
    const outer = onDisk();
    mkdirSync(`${outer}/sub`);
    const bundle = makeBundle({
      script: 'echo $(stat -c %u /mnt) $(stat -c %u /mnt/sub)',
      config: add(bind(outer, { options: ['rbind', option], ...maps(0, 5000) })),
    });
    expect(succeed(await run(bundle, { wrapper: withSubmount(outer) }))).toBe(seen);
  });
});

describe.runIf(can.idmappedMounts)('an id-mapped mount is refused for', () => {
  test('a file system without support, with a clear error', async () => {
    const said = await refused(add(bind('/sys/kernel', maps(0, 5000))));
    expect(said).toMatch(/support idmap/);
    if (can.tsrun) expect(said).toContain('idmap mount "/sys/kernel"');
  });

  test.runIf(can.runcCommand)('a mount that is not a bind mount', async () => {
    expect(await refused(add({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs', ...maps(0, 5000) }))).toContain(
      'id-mapped mounts are only supported for bind-mounts',
    );
  });

  test.runIf(can.runcCommand)('mappings of users alone', async () => {
    expect(await refused(add(bind(onDisk(), { uidMappings: range(0, 5000) })))).toContain('must have both uid and gid mappings specified');
  });

  test('the option alone without a user namespace', async () => {
    const said = await refused(add(bind(onDisk(), { options: ['bind', 'idmap'] })));
    if (can.tsrun) expect(said).toContain('uidMappings');
  });
});
