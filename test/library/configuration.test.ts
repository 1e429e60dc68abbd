import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { Runtime } from '../../src/library/index.js';
import {
  afterTest,
  cgroup2Mount,
  describe,
  expect,
  makeBundle,
  mark,
  newDirectory,
  newId,
  stateRoot,
  test,
  type Config,
  type Mount,
} from '../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });

/** Puts the container into a user namespace of its own. */
function userNamespace({ linux }: Config): void {
  linux.namespaces.push({ type: 'user' });
  linux.uidMappings = linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
}

interface Case {
  readonly script: string;
  readonly config?: (config: Config) => void;
  readonly owner?: number;
}

const ways: readonly (readonly [string, (given: Case) => Promise<string>])[] = [
  [
    'from the beginning',
    async (given) => (await runtime.run({ id: newId(), bundle: makeBundle(given).directory })).stdout?.toString() ?? '',
  ],
  [
    'with a pool of warm slots',
    async (given) => {
      const { directory } = makeBundle(given);
      const own = new Runtime({ root: stateRoot });
      // A slot is never in a user namespace.
      const pool = await own.prewarm({ ...(given.owner === undefined ? { bundle: directory } : {}), count: 1 });
      afterTest(() => pool.close());
      return (await own.run({ id: newId(), bundle: directory })).stdout?.toString() ?? '';
    },
  ],
];

describe.each(ways)('a container that a program creates %s', (_, outputOf) => {
  test('has the umask 0022, whatever the program has', async () => {
    const before = process.umask(0);
    afterTest(() => process.umask(before));
    expect(await outputOf({ script: 'umask' })).toBe('0022\n');
  });

  test('may run on all processors, whatever the program is bound to', async () => {
    const affinity = (list: string): unknown => execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', list, String(process.pid)]);
    const script = 'sed -n "s/^Cpus_allowed_list:[[:space:]]*//p" /proc/self/status';
    const all = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    affinity('0');
    afterTest(() => affinity(all.trim()));
    expect(await outputOf({ script })).toBe(all);
  });

  test.runIf(cgroup2Mount !== undefined)('finds its cgroup where /proc/self/cgroup says, without a cgroup namespace', async () => {
    const config = ({ linux, mounts }: Config): void => {
      linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'cgroup');
      if (!mounts.some(({ type }) => type === 'cgroup' || type === 'cgroup2'))
        mounts.push({ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro'] });
    };
    const script = 'p=$(sed -n s/^0:://p /proc/self/cgroup); test "$p" != / && test -e "/sys/fs/cgroup$p/cgroup.procs" && echo there';
    expect(await outputOf({ script, config })).toBe('there\n');
  });

  test.each([
    ['', undefined],
    [' in a user namespace', 100_000],
  ])('has its mounts in the listed order%s: a later one covers an earlier one', async (_where, owner) => {
    const [first, second] = [newDirectory(), newDirectory()];
    mkdirSync(`${first}/inner`);
    writeFileSync(`${first}/inner/file`, 'below');
    mkdirSync(`${second}/inner`);
    writeFileSync(`${second}/inner/file`, 'above');
    const config = (one: Config): void => {
      if (owner !== undefined) userNamespace(one);
      one.mounts.push(
        { destination: '/tmp', type: 'bind', source: first, options: ['rbind'] },
        { destination: '/tmp', type: 'bind', source: second, options: ['rbind'] },
        { destination: '/home', type: 'bind', source: second, options: ['bind'] },
      );
    };
    expect(await outputOf({ script: 'cat /tmp/inner/file /home/inner/file', config, ...(owner === undefined ? {} : { owner }) })).toBe(
      'aboveabove',
    );
  });

  const maps = [{ containerID: 0, hostID: 0, size: 65_536 }];
  const moved = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

  test.each<readonly [string, Partial<Mount>, number | undefined]>([
    ['', {}, undefined],
    [' in a user namespace', {}, 100_000],
    [' with id maps', { uidMappings: maps, gidMappings: maps }, undefined],
    [' with id maps in a user namespace', { uidMappings: moved, gidMappings: moved }, 100_000],
  ])('binds a source that lies on an earlier mount%s', async (_where, more, owner) => {
    const first = newDirectory();
    chmodSync(first, 0o755);
    writeFileSync(`${first}/file`, 'of the earlier mount');
    const config = (one: Config): void => {
      if (owner !== undefined) userNamespace(one);
      one.mounts.push(
        { destination: '/tmp', type: 'bind', source: first, options: ['bind'] },
        { destination: '/home/file', type: 'bind', source: 'rootfs/tmp/file', options: ['bind'], ...more },
      );
    };
    expect(await outputOf({ script: 'cat /home/file', config, ...(owner === undefined ? {} : { owner }) })).toBe('of the earlier mount');
  });

  test('has a mount for each path that is masked or read-only, and only one if it is listed twice', async () => {
    const config = ({ linux }: Config): void => {
      linux.maskedPaths?.push('/proc/keys', '/proc//keys/', '/sys/firmware', '/sys/./firmware');
      linux.readonlyPaths?.push('/proc/bus', '/proc/bus/');
    };
    const script = 'for p in /proc/keys /sys/firmware /proc/bus; do cut -d" " -f5 /proc/self/mountinfo | grep -cx $p; done';
    expect(await outputOf({ script, config })).toBe('1\n1\n1\n');
  });

  test('accepts what engines send: an empty mount option, two options in one string, and a pids limit of 0', async () => {
    const config = ({ linux, mounts }: Config): void => {
      mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['', 'size=1m,mode=711', 'nosuid'] });
      linux.resources = { ...linux.resources, pids: { limit: 0 } };
    };
    expect(await outputOf({ script: 'stat -c %a /tmp; grep -c "/tmp .*size=1024k" /proc/self/mounts; true | cat', config })).toBe(
      '711\n1\n',
    );
  });
});

describe('a container that a program creates', () => {
  test('cannot be killed after its end, if its pid namespace has an empty path', async () => {
    const { directory } = makeBundle({
      script: 'true',
      config: ({ linux }) => {
        for (const one of linux.namespaces) if (one.type === 'pid') one.path = '';
      },
    });
    const container = await runtime.create({ id: newId(), bundle: directory, stdio: 'ignore' });
    afterTest(() => container.delete({ force: true }));
    await container.start();
    await container.wait();
    await expect(container.kill('SIGKILL')).rejects.toMatchObject({ code: 'not-running' });
  });

  test.runIf(cgroup2Mount !== undefined)('does not take a cgroup with cgroups of others, and leaves them', async () => {
    const outer = `${cgroup2Mount ?? ''}/${mark}-library`;
    mkdirSync(`${outer}/theirs`, { recursive: true });
    afterTest(() => {
      rmdirSync(`${outer}/theirs`);
      rmdirSync(outer);
    });
    const { directory } = makeBundle({ args: ['true'], config: ({ linux }) => void (linux.cgroupsPath = `/${mark}-library`) });
    const id = newId();
    await expect(runtime.run({ id, bundle: directory })).rejects.toMatchObject({ errno: 'EEXIST', path: outer });
    expect(existsSync(`${outer}/theirs`)).toBe(true);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });
});
