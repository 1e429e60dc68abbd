import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  can,
  created,
  describe,
  exec,
  expect,
  fail,
  inside,
  joinNamespace,
  makeBundle,
  newDirectory,
  newId,
  newPath,
  refused,
  run,
  running,
  runtime,
  stateOf,
  succeed,
  test,
  type Config,
} from '../harness/index.js';

describe('what engines send is accepted', () => {
  test("an absent umask means 0022, whatever the caller's umask is", async () => {
    const before = process.umask(0);
    try {
      expect(await inside('umask')).toBe('0022');
      const { id } = await running();
      expect(succeed(await exec(id, ['sh', '-c', 'umask']))).toBe('0022');
    } finally {
      process.umask(before);
    }
  });

  test('an empty mount option, and several options in one string', async () => {
    const seen = await inside('grep " /one " /proc/mounts; stat -c %a /one', (config) => {
      config.mounts.push({ destination: '/one', type: 'tmpfs', source: 'tmpfs', options: ['', 'nodev', 'size=1m,mode=750', ''] });
      config.root.readonly = false;
    });
    expect(seen).toMatch(/size=1024k.*\n750$/s);
    expect(seen).toContain('nodev');
  });

  test('a file in PATH that is not executable is not found', async () => {
    const bundle = makeBundle({ args: ['plain'], config: (config) => (config.process.env = ['PATH=/opt']) });
    mkdirSync(`${bundle.rootfs}/opt`);
    writeFileSync(`${bundle.rootfs}/opt/plain`, '', { mode: 0o644 });
    const outcome = await run(bundle);
    expect(outcome.code).not.toBe(0);
    if (can.runcCommand) expect(outcome.stderr).toContain('executable file not found in $PATH');
  });

  test.runIf(can.tsrun)("with a log file, standard error has only the message, because engines add the program's name", async () => {
    const outcome = await runtime(['--log', newPath('.log'), '--log-format', 'json', 'start', 'nobody']);
    expect(outcome.stderr).toMatch(/^container does not exist/);
    expect((await runtime(['start', 'nobody'])).stderr).toMatch(/^tsrun: container does not exist/);
  });

  test.runIf(can.tsrun)('null for user, uid and gid', async () => {
    for (const user of [null, { uid: null, gid: null }])
      expect(await inside('id -u; id -g', (config) => ((config.process as Record<string, unknown>)['user'] = user))).toBe('0\n0');
  });

  test('SCHED_DEADLINE and other policies with a nice value', async () => {
    const { code } = await run(
      makeBundle({ args: ['true'], config: (config) => (config.process['scheduler'] = { policy: 'SCHED_IDLE', nice: 5 }) }),
    );
    if (can.tsrun) expect(code).toBe(0);
  });

  test('an unknown letter of device access is ignored', async () => {
    expect(
      await inside(
        'echo ran',
        (config) =>
          (config.linux.resources = {
            devices: [
              { allow: false, access: 'rwm' },
              { allow: true, type: 'c', major: 1, minor: 3, access: 'rwa' },
            ],
          }),
      ),
    ).toBe('ran');
  });

  test.runIf(can.tsrun)('a domainname and a sysctl with the same value', async () => {
    const config =
      (value: string) =>
      (one: Config): void => {
        one.domainname = 'example';
        one.linux.sysctl = { 'kernel.domainname': value };
      };
    expect(await inside('cat /proc/sys/kernel/domainname', config('example'))).toBe('example');
    expect(await refused(config('other'))).toContain('conflicts');
  });

  test('a path that is masked and read-only twice is mounted once', async () => {
    const seen = await inside('grep -c " /proc/keys " /proc/mounts; grep -c " /proc/bus " /proc/mounts', (config) => {
      config.linux.maskedPaths?.push('/proc/keys', '/proc//keys/');
      config.linux.readonlyPaths?.push('/proc/bus');
    });
    if (can.tsrun) expect(seen).toBe('1\n1');
  });

  test('ociVersion "1.0"', async () => {
    expect(await inside('echo ran', (config) => (config.ociVersion = '1.0'))).toBe('ran');
  });

  test.runIf(can.tsrun)('but a name in the wrong case is refused with the right one, because it must not be ignored silently', async () => {
    const words = await refused((config) => (config.process['NoNewPrivileges'] = true));
    expect(words).toContain('must be named "noNewPrivileges"');
    expect(await inside('echo ran', (config) => (config.process['somethingElse'] = true))).toBe('ran');
  });
});

describe.runIf(can.tsrun)('host names', () => {
  test.each(['hostname', 'domainname'] as const)("%s is refused in the host's uts namespace, joined by its path", async (field) => {
    const words = await refused((config) => {
      delete config.hostname;
      config[field] = 'mine';
      joinNamespace(config, 'uts', '/proc/self/ns/uts');
    });
    expect(words).toContain(`unable to set ${field} without a private UTS namespace`);
  });
});

describe.runIf(can.tsrun)('--cgroup-manager disabled', () => {
  test("leaves the container in the caller's cgroup, and refuses limits", async () => {
    const own = readFileSync('/proc/self/cgroup', 'utf8');
    const bundle = makeBundle();
    const id = newId();
    succeed(await runtime(['--cgroup-manager', 'disabled', 'create', '--bundle', bundle.directory, id]));
    const { pid } = await stateOf(id);
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toBe(own);
    succeed(await runtime(['start', id]));
    succeed(await exec(id, ['true']));
    succeed(await runtime(['delete', '--force', id]));
    const limited = makeBundle({ config: (config) => (config.linux.resources = { pids: { limit: 10 } }) });
    expect(fail(await runtime(['--cgroup-manager', 'disabled', 'create', '--bundle', limited.directory, newId()]))).toContain(
      '/linux/resources/pids/limit',
    );
  });

  test('disabled takes precedence over --systemd-cgroup, which conmon passes as well', async () => {
    const outcome = await runtime([
      '--systemd-cgroup',
      '--cgroup-manager',
      'disabled',
      'run',
      '--bundle',
      makeBundle({ script: 'echo ran' }).directory,
      newId(),
    ]);
    expect(succeed(outcome)).toBe('ran');
  });

  test('systemd fails with the error of --systemd-cgroup', async () => {
    const bundle = makeBundle();
    const options = { env: { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${newPath()}` } };
    const words = fail(await runtime(['--systemd-cgroup', 'create', '--bundle', bundle.directory, newId()], options));
    expect(words).toContain('connect to the D-Bus of systemd');
    expect(fail(await runtime(['--cgroup-manager', 'systemd', 'create', '--bundle', bundle.directory, newId()], options))).toBe(words);
  });
});

describe('a pid file that cannot be written is reported before anything runs', () => {
  test.runIf(can.tsrun).each([
    ['a directory', () => newDirectory()],
    ['in no directory', () => `${newDirectory()}/no/pid`],
  ])('%s', async (_, path) => {
    const { directory } = makeBundle({ script: 'echo ran' });
    for (const verb of ['run', 'create']) {
      const id = newId();
      const outcome = await runtime([verb, '--pid-file', path(), '--bundle', directory, id]);
      expect([outcome.code, outcome.stdout]).toEqual([1, '']);
      expect(outcome.stderr).toContain('write pid file');
      fail(await runtime(['state', id]));
    }
    const { id } = await running();
    const outcome = await exec(id, ['echo', 'ran'], ['--pid-file', path()]);
    expect([outcome.code, outcome.stdout]).toEqual([255, '']);
  });

  test('an existing file is replaced', async () => {
    const path = newPath('.pid');
    writeFileSync(path, 'old');
    const container = await created({ flags: ['--pid-file', path] });
    expect(readFileSync(path, 'utf8')).toBe(String((await stateOf(container.id)).pid));
    expect(existsSync(path)).toBe(true);
  });
});

describe.runIf(can.tsrun)('the time to check a configuration is bounded by its size', () => {
  // When its time grew with the square of the rules, the verifier gave up at less than a thousand.
  test('a thousand device rules are accepted, and twenty thousand are refused by name', async () => {
    const rules =
      (count: number) =>
      (config: Config): void => {
        config.linux.resources = {
          devices: Array.from({ length: count }, (_, minor) => ({
            allow: true,
            type: 'c',
            major: minor % 4000,
            minor,
            access: minor % 2 === 0 ? 'r' : 'rwm',
          })),
        };
      };
    succeed(await run(makeBundle({ args: ['true'], config: rules(1000) })));
    expect(await refused(rules(20_000))).toContain('use fewer rules');
  });
});
