import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  can,
  describe,
  expect,
  fail,
  inside,
  makeBundle,
  newDirectory,
  newPath,
  refused,
  run,
  start,
  succeed,
  test,
  type Config,
  type Mount,
} from '../harness/index.js';

function bind(source: string, destination: string, ...options: string[]): Mount {
  return { destination, type: 'bind', source, options };
}

const add =
  (...mounts: Mount[]) =>
  (config: Config) =>
    void config.mounts.push(...mounts);

/** A directory of the host with a file in it. */
function shared(): string {
  const directory = newDirectory();
  writeFileSync(`${directory}/file`, 'text');
  return directory;
}

/** Options and superblock options of the mount at a path, as the container sees them. */
const optionsOf = (path: string): string =>
  `awk '$5 == "${path}" {out = $6; for (i = 7; i <= NF; i++) if ($i == "-") out = out " " $(i + 3)} END {print out}' /proc/self/mountinfo`;

describe('default mounts', () => {
  test('exist with their types', async () => {
    const seen = await inside('awk \'{for (i = 7; i <= NF; i++) if ($i == "-") print $5, $(i + 1)}\' /proc/self/mountinfo');
    const types = new Map(seen.split('\n').map((line) => line.split(' ') as [string, string]));
    for (const [path, type] of [
      ['/proc', 'proc'],
      ['/dev', 'tmpfs'],
      ['/dev/pts', 'devpts'],
      ['/dev/shm', 'tmpfs'],
      ['/dev/mqueue', 'mqueue'],
      ['/sys', 'sysfs'],
    ] as const) {
      expect(types.get(path), path).toBe(type);
    }
  });

  test('are in the order of the configuration', async () => {
    const seen = await inside('cat /one/two/mark', (config) => {
      const outer = newDirectory();
      mkdirSync(`${outer}/two`);
      const inner = newDirectory();
      writeFileSync(`${inner}/mark`, 'inner');
      add(bind(outer, '/one', 'rbind'), bind(inner, '/one/two', 'rbind'))(config);
    });
    expect(seen).toBe('inner');
  });

  test('make /sys read-only, but not /dev', async () => {
    expect(await inside('touch /sys/x 2>/dev/null || echo refused; touch /dev/x && echo made')).toBe('refused\nmade');
  });

  test.runIf(can.cgroup2)("show the container's cgroup on /sys/fs/cgroup", async () => {
    const seen = await inside(
      'cat /sys/fs/cgroup/cgroup.procs; touch /sys/fs/cgroup/x 2>/dev/null || echo refused',
      (config) => void config,
    );
    expect(seen).toMatch(/^1\n(\d+\n)*refused$/);
  });
});

describe('a bind mount', () => {
  test('can be of a directory', async () => {
    expect(await inside('cat /mnt/file', add(bind(shared(), '/mnt', 'bind')))).toBe('text');
  });

  test('can be of a file', async () => {
    expect(await inside('cat /etc/file', add(bind(`${shared()}/file`, '/etc/file', 'bind')))).toBe('text');
  });

  test.runIf(can.tsrun)('is made a mount point that nobody can execute', async () => {
    const bundle = makeBundle({ args: ['true'], config: add(bind(`${shared()}/file`, '/etc/new', 'bind')) });
    succeed(await run(bundle));
    expect(statSync(`${bundle.rootfs}/etc/new`).mode & 0o7777).toBe(0o644);
  });

  test('can be of a socket', async () => {
    const path = newPath('.socket');
    const listener = start([
      'python3',
      '-c',
      `import socket,time;s=socket.socket(socket.AF_UNIX);s.bind("${path}");s.listen();print("up",flush=True);time.sleep(60)`,
    ]);
    afterTest(() => listener.child.kill());
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await inside('test -S /run.socket && echo socket', add(bind(path, '/run.socket', 'bind')))).toBe('socket');
  });

  test('is writable, and the host sees the writes', async () => {
    const directory = shared();
    await inside('echo more > /mnt/made', add(bind(directory, '/mnt', 'rbind', 'rw')));
    expect(readFileSync(`${directory}/made`, 'utf8')).toBe('more\n');
  });

  test('with ro is read-only', async () => {
    expect(await inside('touch /mnt/made 2>/dev/null || echo refused; cat /mnt/file', add(bind(shared(), '/mnt', 'bind', 'ro')))).toBe(
      'refused\ntext',
    );
  });

  test('needs rbind or bind among its options, whatever its type is', async () => {
    const mount = { destination: '/mnt', type: 'none', source: shared(), options: ['rbind'] };
    expect(await inside('cat /mnt/file', add(mount))).toBe('text');
  });

  test('resolves a relative source from the bundle', async () => {
    const bundle = makeBundle({ script: 'cat /mnt/file', config: add(bind('data', '/mnt', 'bind')) });
    mkdirSync(`${bundle.directory}/data`);
    writeFileSync(`${bundle.directory}/data/file`, 'near');
    expect(succeed(await run(bundle, { cwd: '/' }))).toBe('near');
  });

  test("of a symlink shows the symlink's target", async () => {
    const link = newPath();
    symlinkSync(shared(), link);
    expect(await inside('cat /mnt/file', add(bind(link, '/mnt', 'bind')))).toBe('text');
  });

  test('without a source fails and names the destination', async () => {
    expect(await refused(add(bind('/no/where', '/mnt', 'bind')))).toMatch(/\/no\/where/);
  });

  test('leaves out mounts below its source, unless it is rbind', async () => {
    const outer = newDirectory();
    mkdirSync(`${outer}/sub`);
    const config = (option: string) => (one: Config) => add(bind(outer, '/mnt', option))(one);
    const script = 'ls /mnt/sub';
    const nested = async (option: string): Promise<string> => {
      const bundle = makeBundle({ script, config: config(option) });
      // In a separate mount namespace, so that nothing is mounted on the host.
      return succeed(
        await run(bundle, {
          wrapper: [
            'unshare',
            '-m',
            '--propagation',
            'private',
            'sh',
            '-c',
            `mount -t tmpfs tmpfs ${outer}/sub && touch ${outer}/sub/deep && exec "$@"`,
            'sh',
          ],
        }),
      );
    };
    expect(await nested('bind')).toBe('');
    expect(await nested('rbind')).toBe('deep');
  });
});

describe('mount options', () => {
  const sharing: [string, RegExp][] = [
    ['shared', /^shared:\d+$/],
    ['rshared', /^shared:\d+$/],
    ['unbindable', /^unbindable$/],
  ];

  const target = (...options: string[]): Promise<string> =>
    inside(optionsOf('/mnt'), add({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs', options }));

  test.each(['ro', 'nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime', 'sync', 'dirsync'])(
    '%s appears in mountinfo',
    async (option) => {
      expect((await target(option)).split(/[ ,]/)).toContain(option);
    },
  );

  test.runIf(can.runcMounts)('the later one of two that contradict each other takes effect', async () => {
    expect((await target('ro', 'nosuid', 'rw', 'suid')).split(/[ ,]/)).not.toContain('nosuid');
    expect((await target('ro', 'rw')).split(' ')[0]).toMatch(/^rw/);
  });

  test('apply to bind mounts, too', async () => {
    const seen = await inside(optionsOf('/mnt'), add(bind(shared(), '/mnt', 'bind', 'nosuid', 'nodev', 'noexec', 'ro')));
    expect(seen.split(/[ ,]/)).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']));
  });

  test('noexec prevents execution', async () => {
    const directory = newDirectory();
    writeFileSync(`${directory}/program`, '#!/bin/sh\necho ran\n', { mode: 0o755 });
    expect(await inside('/mnt/program', add(bind(directory, '/mnt', 'bind', 'exec')))).toBe('ran');
    expect(await inside('/mnt/program 2>/dev/null || echo refused', add(bind(directory, '/mnt', 'bind', 'noexec')))).toBe('refused');
  });

  test('nodev prevents opening devices', async () => {
    const mount = (option: string) => add({ destination: '/mnt', type: 'bind', source: '/dev', options: ['bind', option] });
    expect(await inside('echo x > /mnt/null && echo opened', mount('dev'))).toBe('opened');
    expect(await inside('echo x 2>/dev/null > /mnt/null || echo refused', mount('nodev'))).toBe('refused');
  });

  test('size and mode set those of the tmpfs', async () => {
    const seen = await inside(
      'df -k /mnt | tail -1 | awk "{print \\$2}"; stat -c %a /mnt',
      add({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs', options: ['size=4096k', 'mode=1770'] }),
    );
    expect(seen).toBe('4096\n1770');
  });

  test.runIf(can.tsrun)('ro of a tmpfs holds where a symlink of the image led, although a later mount covers its path', async () => {
    const bundle = makeBundle({
      script: 'touch /root/inner/file || echo refused',
      config: add(
        { destination: '/home/link/inner', type: 'tmpfs', source: 'tmpfs', options: ['ro'] },
        { destination: '/home', type: 'tmpfs', source: 'tmpfs', options: ['mode=755'] },
      ),
    });
    mkdirSync(`${bundle.rootfs}/root/inner`);
    symlinkSync('/root', `${bundle.rootfs}/home/link`);
    expect(succeed(await run(bundle))).toBe('refused');
  });

  test.runIf(can.tsrun)('ro of a tmpfs leaves a later mount on or above its place as it is', async () => {
    const config = ({ mounts }: Config): void =>
      void mounts.push(
        { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['ro'] },
        { destination: '/tmp', type: 'bind', source: newDirectory(), options: ['bind', 'relatime'] },
        { destination: '/home/inner', type: 'tmpfs', source: 'tmpfs', options: ['ro'] },
        { destination: '/home', type: 'tmpfs', source: 'tmpfs', options: ['mode=755'] },
      );
    expect(await inside('touch /tmp/file /home/file && echo written', config)).toBe('written');
  });

  test('a tmpfs without a mode has the mode of the directory that it covers', async () => {
    const bundle = makeBundle({
      script: 'stat -c %a /tmp',
      config: add({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: [] }),
    });
    expect(succeed(await run(bundle))).toBe('1777');
  });

  test('that are unknown go to the file system, which rejects them', async () => {
    await refused(add({ destination: '/mnt', type: 'tmpfs', source: 'tmpfs', options: ['frobnicate=1'] }));
  });

  test.runIf(can.runcMounts)('an unknown file system type fails and is named', async () => {
    expect(await refused(add({ destination: '/mnt', type: 'nofs', source: 'x' }))).toMatch(/nofs|\/mnt/);
  });

  test.each([['private', /^$/], ['rprivate', /^$/], ['slave', /^(master:\d+)?$/], ...(can.runcMounts ? sharing : [])] as [
    string,
    RegExp,
  ][])('%s is its propagation', async (option, expected) => {
    const fields = 'awk \'$5 == "/mnt" {for (i = 7; $i != "-"; i++) print $i}\' /proc/self/mountinfo';
    expect(await inside(fields, add(bind(shared(), '/mnt', 'bind', option)))).toMatch(expected);
  });

  test.runIf(can.tmpCopyUp)('tmpcopyup fills a tmpfs with the files that it covers', async () => {
    const bundle = makeBundle({
      script: 'cat /data/sub/file; touch /data/made && stat -c %a /data/sub',
      config: add({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] }),
    });
    mkdirSync(`${bundle.rootfs}/data/sub`, { recursive: true, mode: 0o750 });
    writeFileSync(`${bundle.rootfs}/data/sub/file`, 'below\n');
    expect(succeed(await run(bundle))).toMatch(/^below\n7[05][05]$/);
    expect(existsSync(`${bundle.rootfs}/data/made`)).toBe(false);
  });

  test.runIf(can.recursiveAttributes)('rro makes the mounts below read-only, too', async () => {
    const outer = newDirectory();
    mkdirSync(`${outer}/sub`);
    const script = 'touch /mnt/sub/made 2>/dev/null && echo made || echo refused';
    const nested = async (option: string): Promise<string> => {
      const bundle = makeBundle({ script, config: add(bind(outer, '/mnt', 'rbind', option)) });
      return succeed(
        await run(bundle, {
          wrapper: ['unshare', '-m', '--propagation', 'private', 'sh', '-c', `mount -t tmpfs tmpfs ${outer}/sub && exec "$@"`, 'sh'],
        }),
      );
    };
    expect(await nested('ro')).toBe('made');
    expect(await nested('rro')).toBe('refused');
  });
});

describe('the destination of a mount', () => {
  test('is created if it is missing', async () => {
    expect(await inside('cat /a/new/place/file', add(bind(shared(), '/a/new/place', 'bind')))).toBe('text');
    expect(await inside('cat /a/new/file', add(bind(`${shared()}/file`, '/a/new/file', 'bind')))).toBe('text');
  });

  test.runIf(can.runcMounts)('that is a symlink stays inside the rootfs', async () => {
    const outside = newDirectory();
    const bundle = makeBundle({ script: `ls ${outside}`, config: add(bind(shared(), '/link', 'bind')) });
    symlinkSync(outside, `${bundle.rootfs}/link`);
    expect(succeed(await run(bundle))).toBe('file');
    expect(existsSync(`${outside}/file`)).toBe(false);
  });

  test('that contains .. stays inside the rootfs', async () => {
    const bundle = makeBundle({ script: 'cat /etc/up/file', config: add(bind(shared(), '/tmp/../../../../etc/up', 'bind')) });
    expect(succeed(await run(bundle))).toBe('text');
    expect(existsSync('/etc/up')).toBe(false);
  });

  test.runIf(can.runcMounts)('after a relative symlink stays inside the rootfs', async () => {
    const bundle = makeBundle({ script: 'cat /inner/file', config: add(bind(shared(), '/up', 'bind')) });
    symlinkSync('../../../../../../inner', `${bundle.rootfs}/up`);
    expect(succeed(await run(bundle))).toBe('text');
    expect(statSync(`${bundle.rootfs}/inner`).isDirectory()).toBe(true);
  });

  test('/proc may not be a symlink (CVE-2023-27561)', async () => {
    const bundle = makeBundle({ args: ['true'] });
    mkdirSync(`${bundle.rootfs}/elsewhere`);
    bundle.config.mounts[0] = { destination: '/fake', type: 'proc', source: 'proc' };
    symlinkSync('/elsewhere', `${bundle.rootfs}/fake`);
    bundle.save();
    const message = fail(await run(bundle));
    if (can.currentRuncWords) expect(message).toContain('filesystem "proc" must be mounted on ordinary directory');
  });

  test('must be absolute', async () => {
    await refused(add({ destination: '', type: 'tmpfs', source: 'tmpfs' }));
  });
});
