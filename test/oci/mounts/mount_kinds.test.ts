import { chownSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import {
  can,
  describe,
  expect,
  inside,
  makeBundle,
  newDirectory,
  run,
  succeed,
  test,
  type Config,
  type IdMapping,
  type Mount,
} from '../harness/index.js';

const add =
  (...mounts: Mount[]) =>
  (config: Config) =>
    void config.mounts.push(...mounts);

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

const optionsOf = (path: string): string => `awk '$5 == "${path}" {print $6}' /proc/self/mountinfo`;

describe.runIf(can.recursiveAttributes)('recursive mount attributes', () => {
  test.each(['rnosuid', 'rnodev', 'rnoexec', 'rro', ...(can.runcCommand ? ['rnoatime', 'rnodiratime'] : [])])(
    '%s applies to the mounts below',
    async (option) => {
      const outer = newDirectory();
      mkdirSync(`${outer}/sub`);
      const bundle = makeBundle({
        script: `${optionsOf('/mnt')}; ${optionsOf('/mnt/sub')}`,
        config: add({ destination: '/mnt', type: 'bind', source: outer, options: ['rbind', option] }),
      });
      const [top, below] = succeed(await run(bundle, { wrapper: withSubmount(outer) })).split('\n');
      expect(top?.split(',')).toContain(option.slice(1));
      expect(below?.split(',')).toContain(option.slice(1));
    },
  );

  test.runIf(can.runcCommand)('rrw undoes an earlier rro', async () => {
    expect(
      await inside(
        'touch /mnt/x && echo made',
        add({ destination: '/mnt', type: 'bind', source: newDirectory(), options: ['rbind', 'rro', 'rrw'] }),
      ),
    ).toBe('made');
  });
});

describe.runIf(can.idmappedMounts)('an idmapped mount', () => {
  const maps = (size: number): { uidMappings: IdMapping[]; gidMappings: IdMapping[] } => ({
    uidMappings: [{ containerID: 0, hostID: 100_000, size }],
    gidMappings: [{ containerID: 0, hostID: 100_000, size }],
  });

  /** A directory of the host with a file of the user 1. */
  function owned(): string {
    const directory = newDirectory();
    writeFileSync(`${directory}/file`, '');
    chownSync(`${directory}/file`, 1, 2);
    return directory;
  }

  test('shows the mapped owners without a user namespace', async () => {
    const seen = await inside(
      'stat -c %u:%g /mnt/file',
      add({ destination: '/mnt', type: 'bind', source: owned(), options: ['bind', 'idmap'], ...maps(10) }),
    );
    expect(seen).toBe('100001:100002');
  });

  test('shows the owners on the disk in a user namespace', async () => {
    const config = (one: Config): void => {
      one.linux.namespaces.push({ type: 'user' });
      Object.assign(one.linux, maps(65_536));
      add({ destination: '/mnt', type: 'bind', source: owned(), options: ['bind', 'idmap'], ...maps(65_536) })(one);
    };
    expect(await inside('stat -c %u:%g /mnt/file', config, { owner: 100_000 })).toBe('1:2');
  });

  test('with ridmap includes the mounts below', async () => {
    const outer = newDirectory();
    mkdirSync(`${outer}/sub`);
    const bundle = makeBundle({
      script: 'stat -c %u /mnt /mnt/sub',
      config: add({ destination: '/mnt', type: 'bind', source: outer, options: ['rbind', 'ridmap'], ...maps(10) }),
    });
    expect(succeed(await run(bundle, { wrapper: withSubmount(outer) }))).toBe('100000\n100000');
  });
});

describe('other kinds of mounts work:', () => {
  test('overlay with its options', async () => {
    const [lower, upper, work] = [newDirectory(), newDirectory(), newDirectory()];
    writeFileSync(`${lower}/file`, 'lower');
    const options = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`];
    expect(
      await inside('cat /mnt/file; touch /mnt/made && ls /mnt', add({ destination: '/mnt', type: 'overlay', source: 'overlay', options })),
    ).toBe('lowerfile\nmade');
  });

  test('a second proc', async () => {
    expect(await inside('cat /other/self/comm', add({ destination: '/other', type: 'proc', source: 'proc' }))).toBe('cat');
  });

  test.runIf(can.runcCommand)('proc with hidepid', async () => {
    expect(
      await inside(
        'grep " /other " /proc/self/mountinfo',
        add({ destination: '/other', type: 'proc', source: 'proc', options: ['hidepid=2'] }),
      ),
    ).toMatch(/hidepid=(2|invisible)/);
  });

  test("cgroup, showing the container's own", async () => {
    expect(await inside('grep -c " - cgroup" /proc/self/mountinfo')).not.toBe('0');
  });
});

describe.runIf(can.mountLinkOptions)('symlinks as mount sources', () => {
  test('copy-symlink recreates the link', async () => {
    const directory = newDirectory();
    symlinkSync('somewhere', `${directory}/link`);
    expect(
      await inside(
        'readlink /tmp/link',
        (config) => (
          (config.root.readonly = false),
          add({ destination: '/tmp/link', type: 'bind', source: `${directory}/link`, options: ['bind', 'copy-symlink'] })(config)
        ),
      ),
    ).toBe('somewhere');
  });

  test.runIf(can.tsrun)('src-nofollow binds the link itself', async () => {
    const directory = newDirectory();
    symlinkSync('somewhere', `${directory}/link`);
    expect(readlinkSync(`${directory}/link`)).toBe('somewhere');
    expect(
      await inside(
        'readlink /tmp/link',
        (config) => (
          (config.root.readonly = false),
          add({ destination: '/tmp/link', type: 'bind', source: `${directory}/link`, options: ['bind', 'src-nofollow'] })(config)
        ),
      ),
    ).toBe('somewhere');
  });
});
