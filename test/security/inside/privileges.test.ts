import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import {
  canary,
  cgroup2Mount,
  created,
  describe,
  exec,
  execInside,
  expect,
  fail,
  gone,
  inside,
  makeBundle,
  mark,
  newId,
  newPath,
  refused,
  run,
  running,
  runtime,
  statusInside,
  succeed,
  test,
  withoutNamespace,
  type Config,
  type HookKind,
} from '../harness/index.js';

const status = (field: string): string => `sed -n 's/^${field}:[[:space:]]*//p' /proc/self/status`;
const none = '0000000000000000';

describe('inheritable capabilities stay empty: CVE-2022-29162, CVE-2025-27612', () => {
  test('in a new container', async () => {
    const { CapInh, CapAmb } = await statusInside();
    expect([CapInh, CapAmb]).toEqual([none, none]);
  });

  test('in exec, even with capabilities that exec adds', async () => {
    const { id } = await running();
    expect(await execInside(id, status('CapInh'))).toBe(none);
    const [inheritable, ambient, effective] = (
      await execInside(id, `${status('CapInh')}; ${status('CapAmb')}; ${status('CapEff')}`, ['--cap', 'CAP_NET_RAW'])
    ).split('\n');
    expect([inheritable, ambient]).toEqual([none, none]);
    const netRaw = 1n << 13n;
    expect(BigInt(`0x${effective}`) & netRaw).toBe(netRaw);
  });
});

describe('a user must be a pair of numbers', () => {
  // crun interpreted "1" as 0:0.
  test.each([
    '-1',
    '1junk',
    'junk',
    '0x0',
    '1:',
    ':1',
    '1:2:3',
    ' 1',
    '1 ',
    '1e3',
    '+1',
    '1.0',
    '4294967295',
    '4294967296',
    '18446744073709551616',
    '1:4294967296',
    '99999999999999999999',
    '1:-1',
    '٣',
    '',
  ])('exec -u "%s" is refused: CVE-2026-30892', async (user) => {
    const { id } = await running();
    const outcome = await exec(id, ['sh', '-c', 'echo ran'], ['-u', user]);
    expect(outcome.stdout).toBe('');
    expect(outcome.code).not.toBe(0);
  });

  test.each([
    ['1', '1 0'],
    ['1:2', '1 2'],
    ['0', '0 0'],
    ['4294967294:4294967294', '4294967294 4294967294'],
  ])('exec -u %s uses exactly these ids', async (user, ids) => {
    const { id } = await running();
    expect(await execInside(id, 'echo $(id -u) $(id -g)', ['-u', user])).toBe(ids);
  });

  test.each([-1, 4294967295, 4294967296, 2 ** 53, 1.5, '0'])('uid %j in a configuration is refused: CVE-2026-46680', async (uid) => {
    for (const field of ['uid', 'gid'] as const) {
      await refused((config) => ((config.process.user as Record<string, unknown>)[field] = uid));
    }
    await refused((config) => ((config.process.user as Record<string, unknown>)['additionalGids'] = [uid]));
  });
});

describe('a cgroup', () => {
  test.each(['../../escape', '/../escape', `a/../../${mark}`, '..'])(
    'path in a configuration stays below the hierarchy: "%s"',
    async (path) => {
      expect(await refused((config) => (config.linux.cgroupsPath = path))).toMatch(/cgroup/);
      expect(existsSync(`${cgroup2Mount}/escape`)).toBe(false);
      expect(existsSync(`${cgroup2Mount}/${mark}`)).toBe(false);
    },
  );

  test.each(['../..', '/../../..', 'a/../../..', '..'])('path of exec stays below the container\'s: "%s"', async (path) => {
    const { id } = await running();
    const outcome = await exec(id, ['cat', '/proc/self/cgroup'], ['--cgroup', path]);
    expect(outcome.stdout).toBe('');
    expect(outcome.code).not.toBe(0);
  });

  test("hierarchy mounted without a cgroup namespace is the host's, and only the container's own part is writable: CVE-2023-25809", async () => {
    const config = (one: Config): void => {
      withoutNamespace(one, 'cgroup');
      const mount = one.mounts.find(({ type }) => type === 'cgroup');
      if (mount !== undefined) mount.options = ['rw', 'nosuid', 'noexec', 'nodev'];
    };
    const { id } = await running({ script: 'mkdir /sys/fs/cgroup/evil; echo 1 > /sys/fs/cgroup/cgroup.procs; sleep 1000', config });
    expect(existsSync(`${cgroup2Mount}/evil`)).toBe(false);
    // /proc/self/cgroup contains a path in the mounted hierarchy.
    const own = '/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)';
    expect(
      await execInside(
        id,
        `grep -c "^1$" ${own}/cgroup.procs; mkdir ${own}/made && rmdir ${own}/made && echo written; mkdir /sys/fs/cgroup/evil || echo refused`,
      ),
    ).toBe('1\nwritten\nrefused');
    succeed(await runtime(['delete', '--force', id]));
    await gone(id);
  });

  test.each(['cgroup.procs', 'cgroup.threads'])(
    'does not take in a process of the host that a configuration names: unified %s',
    async (file) => {
      const bystander = spawn('sleep', ['1000'], { stdio: 'ignore' });
      try {
        const before = readFileSync(`/proc/${bystander.pid}/cgroup`, 'utf8');
        expect(await refused((config) => (config.linux.resources = { unified: { [file]: String(bystander.pid) } }))).toContain(file);
        expect(readFileSync(`/proc/${bystander.pid}/cgroup`, 'utf8')).toBe(before);
        expect(bystander.exitCode).toBe(null);
        expect(bystander.signalCode).toBe(null);
      } finally {
        bystander.kill('SIGKILL');
      }
    },
  );

  test('hierarchy of version 1 gets no release agent, a program that the kernel runs on the host: CVE-2022-0492', async () => {
    const bait = canary();
    const agents = readdirSync('/sys/fs/cgroup')
      .map((name) => `/sys/fs/cgroup/${name}/release_agent`)
      .filter((file) => existsSync(file));
    const before = agents.map((file) => readFileSync(file, 'utf8'));
    // Directly, and in a user namespace, in which the program has every capability.
    const attack = `mkdir /tmp/c; mount -t cgroup -o pids none /tmp/c && echo ${bait.file} > /tmp/c/release_agent && echo written`;
    const script = `(${attack}) 2> /dev/null; unshare -U -r -m -C sh -c '${attack}' 2> /dev/null; echo tried`;
    const config = ({ mounts }: Config): void => void mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs' });
    expect(succeed(await run(makeBundle({ script, config })))).toBe('tried');
    expect(agents.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
    bait.unharmed();
  });

  test('hierarchy is read-only if the configuration says so', async () => {
    expect(await inside('mkdir /sys/fs/cgroup/evil 2>/dev/null || echo refused')).toBe('refused');
  });
});

describe('hooks are not influenced by the image: CVE-2025-23266', () => {
  test.each(['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'] as const)(
    '%s gets only its own environment, and starts outside of the root',
    async (kind: HookKind) => {
      const file = newPath();
      const container = await created({
        config: (config) => {
          config.process.env.push('LD_PRELOAD=./evil.so', 'EVIL=1');
          config.hooks = {
            [kind]: [
              {
                path: '/bin/sh',
                args: [
                  'sh',
                  '-c',
                  `cat /proc/self/environ | tr '\\0' '\\n' > ${file}; pwd >> ${file}; ls -l /proc/self/fd | wc -l >> ${file}`,
                ],
                env: ['PATH=/usr/bin:/bin'],
              },
            ],
          };
        },
        call: { env: { EVIL: '1' } },
      });
      succeed(await runtime(['start', container.id]));
      succeed(await runtime(['delete', '--force', container.id]));
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      expect(lines.filter((line) => line.includes('=') && !/^(PATH|PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([]);
      expect(lines.at(-2)).not.toContain('/rootfs');
      // "total", the three streams, and the directory that ls reads.
      expect(Number(lines.at(-1))).toBeLessThanOrEqual(5);
    },
  );

  test('and their program is not searched for anywhere', async () => {
    const bundle = makeBundle({ args: ['true'], config: (config) => (config.hooks = { createRuntime: [{ path: 'sh' }] }) });
    fail(await run(bundle));
  });
});

describe('an id is never used as a path', () => {
  test.each(['../escape', 'a/b', '.', '..', '/etc', '', 'a\nb', 'é', 'a'.repeat(2000)])('%j is refused', async (id) => {
    const outcome = await runtime(['create', '--bundle', makeBundle().directory, '--', id]);
    expect(outcome.code).not.toBe(0);
    for (const verb of ['state', 'kill', 'delete', 'start']) expect((await runtime([verb, '--', id])).code, verb).not.toBe(0);
  });

  test('a refused id leaves nothing behind', async () => {
    const id = `${newId()}/x`;
    fail(await runtime(['create', '--bundle', makeBundle().directory, id]));
    await gone(id);
  });
});
