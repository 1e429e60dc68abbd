import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import {
  can,
  describe,
  expect,
  fail,
  inside,
  makeBundle,
  newDirectory,
  refused,
  run,
  succeed,
  test,
  type Config,
} from '../harness/index.js';

const defaults = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

function rules(config: Config, ...added: Record<string, unknown>[]): void {
  config.linux.resources = { devices: [{ allow: false, access: 'rwm' }, ...added] };
}

describe('default devices', () => {
  test('exist and are accessible to everybody', async () => {
    const seen = await inside(`cd /dev; stat -c '%n %a %t:%T %F' ${defaults.join(' ')}`);
    expect(seen.split('\n')).toEqual([
      'null 666 1:3 character special file',
      'zero 666 1:5 character special file',
      'full 666 1:7 character special file',
      'random 666 1:8 character special file',
      'urandom 666 1:9 character special file',
      'tty 666 5:0 character special file',
    ]);
  });

  test('work', async () => {
    expect(
      await inside(
        'echo x > /dev/null; head -c 8 /dev/zero | wc -c; head -c 8 /dev/urandom | wc -c; echo x 2>/dev/null > /dev/full || echo full',
      ),
    ).toBe('8\n8\nfull');
  });

  test('have their links', async () => {
    expect(await inside('cd /dev; for l in fd stdin stdout stderr ptmx; do echo $l $(readlink $l); done')).toBe(
      'fd /proc/self/fd\nstdin /proc/self/fd/0\nstdout /proc/self/fd/1\nstderr /proc/self/fd/2\nptmx pts/ptmx',
    );
  });

  test("are the only ones: nothing of the host's /dev is visible", async () => {
    const seen = (await inside('ls /dev')).split('\n').sort();
    const expected = [...defaults, 'fd', 'stdin', 'stdout', 'stderr', 'ptmx', 'pts', 'shm', 'mqueue', 'core', 'console'];
    expect(seen.filter((name) => !expected.includes(name))).toEqual([]);
  });

  test('are created in an empty rootfs directory if nothing is mounted on /dev', async () => {
    const seen = await inside('stat -c %t:%T /dev/null; echo x > /dev/null && echo works', (config) => {
      config.mounts = config.mounts.filter((mount) => !mount.destination.startsWith('/dev'));
      config.root.readonly = false;
    });
    expect(seen).toBe('1:3\nworks');
  });
});

describe('configured devices', () => {
  test('have the configured type, number, mode and owner', async () => {
    const seen = await inside("stat -c '%F %t:%T %a %u:%g' /dev/mine /dev/block", (config) => {
      config.linux.devices = [
        { path: '/dev/mine', type: 'c', major: 1, minor: 5, fileMode: 0o640, uid: 1000, gid: 1001 },
        { path: '/dev/block', type: 'b', major: 7, minor: 200, fileMode: 0o600 },
      ];
    });
    expect(seen).toBe('character special file 1:5 640 1000:1001\nblock special file 7:c8 600 0:0');
  });

  test('may be unbuffered devices and pipes', async () => {
    const seen = await inside("stat -c '%F' /dev/raw /dev/pipe", (config) => {
      config.linux.devices = [
        { path: '/dev/raw', type: 'u', major: 1, minor: 3, fileMode: 0o666 },
        { path: '/dev/pipe', type: 'p', fileMode: 0o666 },
      ];
    });
    expect(seen).toBe('character special file\nfifo');
  });

  test('may be in subdirectories of /dev', async () => {
    const seen = await inside('stat -c %t:%T /dev/deep/er/null', (config) => {
      config.linux.devices = [{ path: '/dev/deep/er/null', type: 'c', major: 1, minor: 3, fileMode: 0o666 }];
    });
    expect(seen).toBe('1:3');
  });

  test.runIf(can.runcCommand)('of an unknown type are refused', async () => {
    await refused((config) => (config.linux.devices = [{ path: '/dev/x', type: 'x', major: 1, minor: 3 }]));
  });
});

// config-linux.md, "Devices": "If a file already exists at path that does not match the requested device, the runtime MUST generate an
// error."
describe.runIf(can.keepFilesAtDevices)('a device at a path where', () => {
  const device = { path: '/data/mine', type: 'c', major: 1, minor: 5, fileMode: 0o666 };
  const user = (config: Config): void => {
    config.linux.namespaces.push({ type: 'user' });
    config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65_536 }];
  };

  test.each([
    ['the image has a file', (): void => undefined],
    ['a read-only image has one', (config: Config): void => void (config.root.readonly = true)],
    ['the image has a file, in a user namespace', user],
  ])('%s is an error, and the file stays', async (_what, change) => {
    const bundle = makeBundle({
      args: ['true'],
      config: (config) => {
        config.root.readonly = false;
        config.linux.devices = [device];
        change(config);
      },
    });
    mkdirSync(`${bundle.rootfs}/data`);
    writeFileSync(`${bundle.rootfs}/data/mine`, 'kept');
    expect(fail(await run(bundle))).toMatch(/"\/data\/mine": file exists/);
    expect(readFileSync(`${bundle.rootfs}/data/mine`, 'utf8')).toBe('kept');
  });

  test("a mounted directory of the host has a file is an error, and the host's file stays", async () => {
    const volume = newDirectory();
    writeFileSync(`${volume}/mine`, 'kept');
    const bundle = makeBundle({
      args: ['true'],
      config: (config) => {
        config.mounts.push({ destination: '/data', source: volume, options: ['bind'] });
        config.linux.devices = [device];
      },
    });
    fail(await run(bundle));
    expect(readFileSync(`${volume}/mine`, 'utf8')).toBe('kept');
  });

  test('the same device exists leaves it unchanged', async () => {
    const bundle = makeBundle({
      script: 'stat -c "%t:%T %a" /data/mine',
      config: (config) => void (config.linux.devices = [{ ...device, fileMode: 0o600 }]),
    });
    mkdirSync(`${bundle.rootfs}/data`);
    execFileSync('mknod', ['-m', '640', `${bundle.rootfs}/data/mine`, 'c', '1', '5']);
    expect(succeed(await run(bundle))).toBe('1:5 640');
  });

  test('a default link belongs replaces the link', async () => {
    const devices = ['fd', 'stdin', 'core'].map((name) => ({ ...device, path: `/dev/${name}` }));
    expect(
      await inside('stat -c %t:%T /dev/fd /dev/stdin /dev/core; readlink /dev/stdout', (config) => (config.linux.devices = devices)),
    ).toBe('1:5\n1:5\n1:5\n/proc/self/fd/1');
  });

  test('a user namespace bound one before is bound again', async () => {
    const bundle = makeBundle({
      args: ['stat', '-c', '%t:%T', '/dev/zero'],
      config: (config) => {
        user(config);
        config.root.readonly = false;
        config.mounts = config.mounts.filter(({ destination }) => !destination.startsWith('/dev'));
        config.linux.devices = [{ ...device, path: '/dev/zero' }];
      },
    });
    for (const time of ['first', 'second']) expect(succeed(await run(bundle)), time).toBe('1:5');
  });
});

describe.runIf(can.keepFilesAtDevices)('files of an image at the paths of default devices and links', () => {
  test('are covered, not removed', async () => {
    const bundle = makeBundle({ script: 'stat -c %t:%T /dev/null /dev/zero /dev/ptmx; cat /dev/core' });
    bundle.config.mounts = bundle.config.mounts.filter(
      ({ destination }) => destination !== '/dev' && (!destination.startsWith('/dev/') || destination === '/dev/pts'),
    );
    bundle.config.root.readonly = false;
    bundle.save();
    mkdirSync(`${bundle.rootfs}/dev/pts`);
    for (const name of ['null', 'ptmx', 'core']) writeFileSync(`${bundle.rootfs}/dev/${name}`, name);
    symlinkSync('/etc/passwd', `${bundle.rootfs}/dev/zero`);
    expect(succeed(await run(bundle))).toBe('1:3\n1:5\n5:2\ncore');
    for (const name of ['null', 'ptmx', 'core']) expect(readFileSync(`${bundle.rootfs}/dev/${name}`, 'utf8')).toBe(name);
  });
});

describe('device rules', () => {
  /** /dev/kmsg, 1:11, which is not a default device; reading it needs CAP_SYSLOG. */
  function kernelLog(config: Config): void {
    for (const set of ['bounding', 'effective', 'permitted'] as const) config.process.capabilities?.[set]?.push('CAP_SYSLOG');
    config.linux.devices = [{ path: '/dev/mine', type: 'c', major: 1, minor: 11, fileMode: 0o666 }];
  }

  const open = '(: < /dev/mine) 2>&1 && echo opened';

  test('refuse to open a device that is not allowed', async () => {
    expect(await inside(`${open} || true`, kernelLog)).toMatch(/Operation not permitted/);
  });

  test('open a device that is allowed', async () => {
    const seen = await inside(open, (config) => {
      kernelLog(config);
      rules(config, { allow: true, type: 'c', major: 1, minor: 11, access: 'r' });
    });
    expect(seen).toBe('opened');
  });

  test('distinguish reading from writing', async () => {
    const seen = await inside(`${open}; (: > /dev/mine) 2>&1 || true`, (config) => {
      kernelLog(config);
      rules(config, { allow: true, type: 'c', major: 1, minor: 11, access: 'r' });
    });
    expect(seen).toMatch(/^opened\n.*Operation not permitted/);
  });

  test('apply in order: the last that matches decides', async () => {
    const rule = { type: 'c', major: 1, minor: 11, access: 'rwm' };
    const last = (allow: boolean) => (config: Config) => {
      kernelLog(config);
      rules(config, { ...rule, allow: !allow }, { ...rule, allow });
    };
    expect(await inside(open, last(true))).toBe('opened');
    expect(await inside(`${open} || true`, last(false))).toMatch(/Operation not permitted/);
  });

  test('always allow the default devices', async () => {
    expect(await inside('head -c 1 /dev/zero | wc -c')).toBe('1');
  });

  test('can allow everything', async () => {
    const seen = await inside(open, (config) => {
      kernelLog(config);
      config.linux.resources = { devices: [{ allow: true, access: 'rwm' }] };
    });
    expect(seen).toBe('opened');
  });
});
