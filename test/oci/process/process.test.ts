import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import {
  can,
  describe,
  expect,
  fail,
  inside,
  makeBundle,
  refused,
  run,
  running,
  stateOf,
  statusInside,
  succeed,
  test,
  type Config,
} from '../harness/index.js';

describe('the program', () => {
  test('gets its arguments unchanged', async () => {
    const bundle = makeBundle({ args: ['printf', '[%s]', 'one two', '', '"$HOME"', 'ä\n'] });
    expect((await run(bundle)).stdout).toBe('[one two][]["$HOME"][ä\n]');
  });

  test('gets exactly the configured environment', async () => {
    const bundle = makeBundle({ args: ['env'], config: (config) => (config.process.env = ['PATH=/bin', 'A=b=c', 'EMPTY=']) });
    const seen = succeed(await run(bundle, { env: { LEAKED: 'yes' } })).split('\n');
    expect(seen).toEqual(expect.arrayContaining(['PATH=/bin', 'A=b=c', 'EMPTY=']));
    expect(seen.filter((line) => !/^(PATH|A|EMPTY|HOME)=/.test(line))).toEqual([]);
  });

  test("gets HOME of its user from the container's passwd file", async () => {
    expect(await inside('echo $HOME')).toBe('/root');
    expect(await inside('echo $HOME', (config) => (config.process.user = { uid: 1000, gid: 1000 }))).toBe('/home');
    expect(await inside('echo $HOME', (config) => config.process.env.push('HOME=/given'))).toBe('/given');
  });

  test('is looked up in the configured PATH', async () => {
    const bundle = makeBundle({ args: ['found'], config: (config) => (config.process.env = ['PATH=/nowhere:/opt:/bin']) });
    bundle.config.mounts.push({ destination: '/opt', type: 'bind', source: `${bundle.directory}/opt`, options: ['bind'] });
    bundle.save();
    mkdirSync(`${bundle.directory}/opt`);
    writeFileSync(`${bundle.directory}/opt/found`, '#!/bin/sh\necho found me\n', { mode: 0o755 });
    expect(succeed(await run(bundle))).toBe('found me');
  });

  test('starts in cwd', async () => {
    expect(await inside('pwd', (config) => (config.process.cwd = '/tmp'))).toBe('/tmp');
  });

  test.each([false, true])('has a missing cwd created for it (root.readonly: %s)', async (readonly) => {
    const seen = await inside('pwd', (config) => {
      config.process.cwd = '/new/place';
      config.root.readonly = readonly;
    });
    expect(seen).toBe('/new/place');
  });

  test.each([
    ['the path itself', '/work'],
    ['a symbolic link to the root', '/etc/up'],
    ['a read-only tmpfs', '/memory'],
  ])('has its cwd created before %s becomes read-only', async (_what, path) => {
    const bundle = makeBundle({
      script: 'pwd; touch here',
      config: (config) => {
        config.root.readonly = false;
        config.process.cwd = path === '/memory' ? '/memory/new/place' : '/work/new/place';
        config.linux.readonlyPaths = [path];
        if (path === '/memory') config.mounts.push({ destination: '/memory', type: 'tmpfs', source: 'tmpfs', options: ['ro'] });
      },
    });
    mkdirSync(`${bundle.rootfs}/work`);
    symlinkSync('..', `${bundle.rootfs}/etc/up`);
    const outcome = await run(bundle);
    expect(outcome.stdout.trim()).toBe(bundle.config.process.cwd);
    if (path !== '/etc/up' || can.tsrun) expect(outcome.stderr).toMatch(/read-only file system/i);
  });

  test('may start in a directory that only its user may enter', async () => {
    const bundle = makeBundle({
      script: 'pwd',
      config: (config) => {
        config.process.user = { uid: 1000, gid: 1000 };
        config.process.cwd = '/private';
        config.mounts.push({ destination: '/private', type: 'tmpfs', source: 'tmpfs', options: ['mode=700', 'uid=1000'] });
      },
    });
    expect(succeed(await run(bundle))).toBe('/private');
  });

  test('has only the three standard descriptors', async () => {
    expect(await inside('ls /proc/self/fd | wc -l')).toBe('4');
  });

  test('is the leader of a session', async () => {
    expect(await inside('cut -d" " -f5,6 /proc/$$/stat')).toBe('1 1');
  });

  test('has no blocked or ignored signals', async () => {
    const status = await statusInside();
    expect([status['SigBlk'], status['SigIgn']]).toEqual(['0000000000000000', '0000000000000000']);
  });
});

describe('the user', () => {
  const as = (user: Config['process']['user']) => (config: Config) => void (config.process.user = user);

  test('has the configured ids, real, effective, saved and for file systems', async () => {
    const status = await statusInside(as({ uid: 1000, gid: 2000 }));
    expect([status['Uid'], status['Gid']]).toEqual(['1000\t1000\t1000\t1000', '2000\t2000\t2000\t2000']);
  });

  test("has the additional groups, and none of the caller's", async () => {
    expect((await statusInside(as({ uid: 1000, gid: 1000, additionalGids: [3000, 5, 4000] })))['Groups']?.split(' ').sort()).toEqual([
      '3000',
      '4000',
      '5',
    ]);
    expect((await statusInside(as({ uid: 1000, gid: 1000 })))['Groups']).toBe('');
  });

  test('has the configured umask', async () => {
    expect((await statusInside(as({ uid: 0, gid: 0, umask: 0o27 })))['Umask']).toBe('0027');
  });

  test('has the umask 0022 by default', async () => {
    expect((await statusInside())['Umask']).toBe('0022');
  });

  test('owns its standard streams', async () => {
    const bundle = makeBundle({ script: 'echo again > /dev/stdout', config: as({ uid: 1000, gid: 1000 }) });
    expect(succeed(await run(bundle))).toBe('again');
  });
});

describe('resource limits', () => {
  test('are set', async () => {
    const seen = await inside('cat /proc/self/limits', (config) => {
      config.process.rlimits = [
        { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
        { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
        { type: 'RLIMIT_STACK', soft: 4_194_304, hard: 8_388_608 },
      ];
    });
    expect(seen).toMatch(/^Max open files\s+100\s+200\s/m);
    expect(seen).toMatch(/^Max core file size\s+0\s+0\s/m);
    expect(seen).toMatch(/^Max stack size\s+4194304\s+8388608\s/m);
  });

  test('apply to exec, too', async () => {
    const container = await running({ config: (config) => (config.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }]) });
    const { pid } = await stateOf(container.id);
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max open files\s+100\s+200\s/m);
  });

  test('of an unknown kind are refused', async () => {
    await refused((config) => (config.process.rlimits = [{ type: 'RLIMIT_LUCK', soft: 1, hard: 1 }]));
  });

  // The specification requires the error (config.md, "rlimits"); the peers use the last one.
  test.runIf(can.tsrun)('may be listed only once', async () => {
    const limit = { type: 'RLIMIT_NOFILE', soft: 100, hard: 100 };
    await refused((config) => (config.process.rlimits = [limit, limit]));
  });
});

describe('oomScoreAdj', () => {
  test('is set', async () => {
    expect(await inside('cat /proc/self/oom_score_adj', (config) => (config.process.oomScoreAdj = 321))).toBe('321');
  });

  test("defaults to the caller's", async () => {
    expect(await inside('cat /proc/self/oom_score_adj')).toBe(readFileSync('/proc/self/oom_score_adj', 'utf8').trim());
  });
});

test.each([true, false])('noNewPrivileges %s', async (value) => {
  expect((await statusInside((config) => (config.process.noNewPrivileges = value)))['NoNewPrivs']).toBe(value ? '1' : '0');
});

describe.runIf(can.domainname)('domainname', () => {
  test('is set', async () => {
    expect(await inside('cat /proc/sys/kernel/domainname', (config) => (config.domainname = 'example.org'))).toBe('example.org');
  });
});

describe('sysctl', () => {
  test('of the network namespace', async () => {
    expect(await inside('cat /proc/sys/net/ipv4/ip_forward', (config) => (config.linux.sysctl = { 'net.ipv4.ip_forward': '1' }))).toBe('1');
  });

  test('of the ipc namespace', async () => {
    expect(await inside('cat /proc/sys/kernel/msgmax', (config) => (config.linux.sysctl = { 'kernel.msgmax': '4321' }))).toBe('4321');
  });

  test('may be written with slashes instead of dots', async () => {
    expect(await inside('cat /proc/sys/net/ipv4/ip_forward', (config) => (config.linux.sysctl = { 'net/ipv4/ip_forward': '1' }))).toBe('1');
  });

  test.each(['kernel.panic', 'vm.swappiness', 'fs.file-max'])("%s, which is the host's, is refused", async (name) => {
    const path = `/proc/sys/${name.replaceAll('.', '/')}`;
    const before = readFileSync(path, 'utf8');
    await refused((config) => (config.linux.sysctl = { [name]: before.trim() }));
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test('of the network without a network namespace is refused', async () => {
    await refused((config) => {
      config.linux.sysctl = { 'net.ipv4.ip_forward': '1' };
      config.linux.namespaces = config.linux.namespaces.filter((namespace) => namespace.type !== 'network');
    });
  });

  test('that does not exist is an error that names it', async () => {
    expect(await refused((config) => (config.linux.sysctl = { 'net.ipv4.luck': '1' }))).toMatch(/net[./]ipv4[./]luck/);
  });
});

describe('create refuses', () => {
  test.runIf(can.runcCommand).each(['', 'relative'])('cwd "%s"', async (cwd) => {
    await refused((config) => (config.process.cwd = cwd));
  });

  test('no arguments', async () => {
    await refused((config) => (config.process.args = []));
  });

  test('a configuration without a process', async () => {
    const bundle = makeBundle();
    delete (bundle.config as Partial<Config>).process;
    bundle.save();
    fail(await run(bundle));
  });
});
