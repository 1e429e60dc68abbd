import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Runtime, type PrewarmRequest, type WarmPool } from '../../../src/library/index.js';
import {
  afterTest,
  cgroup2Mount,
  describe,
  expect,
  makeBundle,
  newDirectory,
  newId,
  stateRoot,
  test,
  until,
  type Bundle,
  type Config,
} from '../../oci/harness/index.js';

/**
 * The output of a bundle's container: once created from scratch, and once by a runtime whose pool was created before `change`. Both must be
 * equal.
 */
interface Outcome {
  readonly output: string;
  readonly pool: WarmPool;
  readonly runtime: Runtime;
}

async function afterPrewarm(bundle: Bundle, change: () => unknown, request: Partial<PrewarmRequest> = {}): Promise<Outcome> {
  const runtime = new Runtime({ root: stateRoot });
  const pool = await runtime.prewarm({ count: 1, bundle: bundle.directory, ...request });
  afterTest(() => pool.close());
  await change();
  const output = await outputOf(runtime, bundle);
  expect(output).toBe(await outputOf(new Runtime({ root: stateRoot }), bundle));
  return { output, pool, runtime };
}

async function outputOf(runtime: Runtime, bundle: Bundle): Promise<string> {
  const { stdout, stderr } = await runtime.run({ id: newId(), bundle: bundle.directory });
  return stdout + stderr;
}

const bundleOf = (script: string, config?: (config: Config) => unknown): Bundle =>
  makeBundle({ script, ...(config === undefined ? {} : { config }) });

/** A directory of the host that is a separate mount. */
function mounted(): string {
  const directory = newDirectory();
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory]);
  afterTest(() => execFileSync('umount', ['-R', '-l', directory]));
  execFileSync('mount', ['--make-private', directory]);
  return directory;
}

const bind =
  (source: string, destination = '/data', options: readonly string[] = ['rbind']) =>
  (config: Config) =>
    config.mounts.push({ destination, type: 'bind', source, options: [...options] });

const flagsOf = (destination: string): string => `awk '$5 == "${destination}" { print $6 }' /proc/self/mountinfo`;

describe('even for a container from the pool, creation itself does', () => {
  test('the masking of a file that was created meanwhile', async () => {
    const bundle = bundleOf('cat /etc/secret', (config) => (config.linux.maskedPaths = ['/etc/secret']));
    const { output, pool } = await afterPrewarm(bundle, () => {
      writeFileSync(`${bundle.rootfs}/etc/secret`, 'TOP SECRET');
    });
    expect({ output, warm: pool.warm }).toEqual({ output: '', warm: 1 });
  });

  test('the masking of a file that replaced another', async () => {
    const bundle = bundleOf('cat /etc/secret', (config) => (config.linux.maskedPaths = ['/etc/secret']));
    writeFileSync(`${bundle.rootfs}/etc/secret`, 'OLD SECRET');
    const { output, pool } = await afterPrewarm(bundle, () => {
      writeFileSync(`${bundle.rootfs}/etc/new`, 'TOP SECRET');
      renameSync(`${bundle.rootfs}/etc/new`, `${bundle.rootfs}/etc/secret`);
    });
    expect({ output, warm: pool.warm }).toEqual({ output: '', warm: 1 });
  });

  test('the read-only mount of a path that was created meanwhile', async () => {
    const bundle = bundleOf('touch /etc/fixed/new', (config) => (config.linux.readonlyPaths = ['/etc/fixed']));
    const { output, pool } = await afterPrewarm(bundle, () => {
      mkdirSync(`${bundle.rootfs}/etc/fixed`);
    });
    expect(output).toMatch(/Read-only file system/);
    expect(pool.warm).toBe(1);
  });

  test('tmpcopyup', async () => {
    const bundle = bundleOf('cat /data/file', (config) =>
      config.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] }),
    );
    mkdirSync(`${bundle.rootfs}/data`);
    writeFileSync(`${bundle.rootfs}/data/file`, 'old');
    expect(
      (
        await afterPrewarm(bundle, () => {
          writeFileSync(`${bundle.rootfs}/data/file`, 'new');
        })
      ).output,
    ).toBe('new');
  });

  test('the tmpfs that takes the mode of its directory', async () => {
    const bundle = bundleOf('stat -c %a /data', (config) => config.mounts.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs' }));
    mkdirSync(`${bundle.rootfs}/data`, { mode: 0o755 });
    expect(
      (
        await afterPrewarm(bundle, () => {
          chmodSync(`${bundle.rootfs}/data`, 0o700);
        })
      ).output,
    ).toBe('700\n');
  });

  test('an overlay among the mounts: the running container keeps its work directory', async () => {
    const layers = newDirectory();
    for (const name of ['lower', 'upper', 'work']) mkdirSync(`${layers}/${name}`);
    const options = ['lower', 'upper', 'work'].map((name) => `${name}dir=${layers}/${name}`);
    const bundle = bundleOf('sleep 1; mkdir /data/made && mv /data/made /data/moved && echo fine', (config) =>
      config.mounts.push({ destination: '/data', type: 'overlay', source: 'overlay', options }),
    );
    const runtime = new Runtime({ root: stateRoot });
    const pool = await runtime.prewarm({ count: 1, bundle: bundle.directory });
    afterTest(() => pool.close());
    const running = outputOf(runtime, bundle);
    await until('a slot less', () => pool.warm === 1);
    await pool.fill();
    expect(await running).toBe('fine\n');
  });
});

describe('an outdated slot is replaced', () => {
  /** Expects that the container was created from scratch, and the next one comes from a new slot. */
  async function expectReplaced({ pool, runtime, output }: Outcome, bundle: Bundle): Promise<void> {
    expect(pool).toMatchObject({ warm: 0, cold: 1 });
    await pool.fill();
    expect(await outputOf(runtime, bundle)).toBe(output);
    expect(pool).toMatchObject({ warm: 1, cold: 1 });
  }

  test('because a source was remounted read-only', async () => {
    const source = mounted();
    const bundle = bundleOf('touch /data/new', bind(source));
    const outcome = await afterPrewarm(bundle, () => execFileSync('mount', ['-o', 'remount,bind,ro', source]));
    expect(outcome.output).toMatch(/Read-only file system/);
    await expectReplaced(outcome, bundle);
  });

  test('because a source was remounted nosuid', async () => {
    const source = mounted();
    const bundle = bundleOf(flagsOf('/data'), bind(source));
    const outcome = await afterPrewarm(bundle, () => execFileSync('mount', ['-o', 'remount,bind,nosuid', source]));
    expect(outcome.output).toContain('nosuid');
    await expectReplaced(outcome, bundle);
  });

  test('because the root was remounted', async () => {
    const bundle = bundleOf('touch /new');
    execFileSync('mount', ['--bind', bundle.rootfs, bundle.rootfs]);
    afterTest(() => execFileSync('umount', ['-l', bundle.rootfs]));
    const outcome = await afterPrewarm(bundle, () => execFileSync('mount', ['-o', 'remount,bind,ro', bundle.rootfs]));
    expect(outcome.output).toMatch(/Read-only file system/);
    await expectReplaced(outcome, bundle);
  });

  test.each(['a source', 'the root'])('because a mount below %s was unmounted', async (where) => {
    const source = where === 'a source' ? mounted() : newDirectory();
    const bundle = bundleOf('cat /data/sub/file', where === 'a source' ? bind(source) : undefined);
    const sub = where === 'a source' ? `${source}/sub` : `${bundle.rootfs}/data/sub`;
    mkdirSync(sub, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', sub]);
    execFileSync('mount', ['--make-private', sub]);
    writeFileSync(`${sub}/file`, 'revoked');
    const outcome = await afterPrewarm(bundle, () => execFileSync('umount', [sub]));
    expect(outcome.output).toMatch(/No such file/);
    await expectReplaced(outcome, bundle);
  });

  test('because something was mounted below a source', async () => {
    const source = mounted();
    mkdirSync(`${source}/sub`);
    const bundle = bundleOf('cat /data/sub/file', bind(source));
    const outcome = await afterPrewarm(bundle, () => {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${source}/sub`]);
      writeFileSync(`${source}/sub/file`, 'new');
    });
    expect(outcome.output).toBe('new');
    await expectReplaced(outcome, bundle);
  });

  test('because a source was replaced', async () => {
    const source = `${newDirectory()}/hosts`;
    writeFileSync(source, 'old');
    const bundle = bundleOf('cat /etc/hosts', bind(source, '/etc/hosts', ['bind']));
    const outcome = await afterPrewarm(bundle, () => {
      writeFileSync(`${source}.new`, 'new');
      renameSync(`${source}.new`, source);
    });
    expect(outcome.output).toBe('new');
    await expectReplaced(outcome, bundle);
  });

  test('because a source is now reached through another mount', async () => {
    const there = mounted();
    const places = newDirectory();
    mkdirSync(`${places}/ro`);
    execFileSync('mount', ['--bind', there, `${places}/ro`]);
    afterTest(() => execFileSync('umount', ['-l', `${places}/ro`]));
    execFileSync('mount', ['-o', 'remount,bind,ro', `${places}/ro`]);
    symlinkSync(there, `${places}/link`);
    const bundle = bundleOf('touch /data/new', bind(`${places}/link`));
    const outcome = await afterPrewarm(bundle, () => {
      symlinkSync('ro', `${places}/new`);
      renameSync(`${places}/new`, `${places}/link`);
    });
    expect(outcome.output).toMatch(/Read-only file system/);
    await expectReplaced(outcome, bundle);
  });

  test('because a destination is now a symlink to another place', async () => {
    const source = newDirectory();
    writeFileSync(`${source}/file`, 'bound');
    const bundle = bundleOf('ls /one /other', bind(source));
    for (const name of ['one', 'other']) mkdirSync(`${bundle.rootfs}/${name}`);
    symlinkSync('one', `${bundle.rootfs}/data`);
    const outcome = await afterPrewarm(bundle, () => {
      symlinkSync('other', `${bundle.rootfs}/new`);
      renameSync(`${bundle.rootfs}/new`, `${bundle.rootfs}/data`);
    });
    expect(outcome.output).toBe('/one:\n\n/other:\nfile\n');
    await expectReplaced(outcome, bundle);
  });

  test.each(['moved', 'removed'])('because a destination was %s', async (how) => {
    const source = newDirectory();
    writeFileSync(`${source}/file`, 'bound');
    const bundle = bundleOf('cat /data/file', bind(source));
    mkdirSync(`${bundle.rootfs}/data`);
    const outcome = await afterPrewarm(bundle, () => {
      if (how === 'moved') renameSync(`${bundle.rootfs}/data`, `${bundle.rootfs}/away`);
      else rmdirSync(`${bundle.rootfs}/data`);
      mkdirSync(`${bundle.rootfs}/data`);
    });
    expect(outcome.output).toBe('bound');
    await expectReplaced(outcome, bundle);
  });

  test('because another container changed a shared volume', async () => {
    const volume = newDirectory();
    const source = newDirectory();
    mkdirSync(`${volume}/sub`);
    writeFileSync(`${source}/file`, 'bound');
    const bundle = bundleOf('ls /volume/sub', (config) => {
      bind(volume, '/volume')(config);
      bind(source, '/volume/sub')(config);
    });
    const other = bundleOf('mv /volume/sub /volume/away && mkdir /volume/sub', bind(volume, '/volume'));
    const outcome = await afterPrewarm(bundle, () => outputOf(new Runtime({ root: stateRoot }), other));
    expect(outcome.output).toBe('file\n');
    await expectReplaced(outcome, bundle);
  });

  test('because /proc is now a symlink: the container is refused', async () => {
    const bundle = bundleOf('true');
    const runtime = new Runtime({ root: stateRoot });
    const pool = await runtime.prewarm({ count: 1, bundle: bundle.directory });
    afterTest(() => pool.close());
    renameSync(`${bundle.rootfs}/proc`, `${bundle.rootfs}/elsewhere`);
    symlinkSync('elsewhere', `${bundle.rootfs}/proc`);
    await expect(outputOf(runtime, bundle)).rejects.toThrow('/proc');
    expect(pool.warm).toBe(0);
  });

  test.each<readonly [string, string, (value: number) => unknown]>([
    [
      'the OOM score',
      'cat /proc/self/oom_score_adj',
      (value) => {
        writeFileSync('/proc/self/oom_score_adj', String(value));
      },
    ],
    ['a resource limit', 'ulimit -Sn', (value) => execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${value}:`])],
  ])('because %s of the program has changed', async (_, script, set) => {
    const bundle = bundleOf(script, (config) => delete config.process.rlimits);
    const before = (await outputOf(new Runtime({ root: stateRoot }), bundle)).trim();
    afterTest(() => set(Number(before)));
    const outcome = await afterPrewarm(bundle, () => set(Number(before) === 700 ? 701 : 700));
    expect(outcome.output).toMatch(/^70[01]\n$/);
    await expectReplaced(outcome, bundle);
  });

  test.runIf(v1 !== undefined)('because the program is in another group of cgroup v1', async () => {
    const hierarchy = v1 ?? '';
    const line = new RegExp(`^\\d+:${basename(hierarchy)}:(.*)$`, 'm');
    const own = line.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
    const moveTo = (group: string): void => {
      writeFileSync(join(hierarchy, group, 'cgroup.procs'), String(process.pid));
    };
    const group = join('/', newId());
    mkdirSync(join(hierarchy, group));
    afterTest(async () => {
      moveTo(own);
      await until('the group is empty', () => readFileSync(join(hierarchy, group, 'cgroup.procs'), 'utf8') === '');
      rmdirSync(join(hierarchy, group));
    });
    const bundle = bundleOf(`grep ":${basename(hierarchy)}:" /proc/self/cgroup | cut -d: -f3`, ({ linux }) => {
      linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'cgroup');
    });
    const outcome = await afterPrewarm(bundle, () => {
      moveTo(group);
    });
    expect(outcome.output).toBe(`${group}\n`);
    await expectReplaced(outcome, bundle);
  });

  test('because its bundle requests something else now', async () => {
    const bundle = bundleOf('hostname');
    const outcome = await afterPrewarm(bundle, () => {
      bundle.config.hostname = 'changed';
      bundle.save();
    });
    expect(outcome.output).toBe('changed\n');
    await expectReplaced(outcome, bundle);
  });

  test('because somebody has stopped it', async () => {
    const bundle = bundleOf('echo made');
    const outcome = await afterPrewarm(bundle, () => {
      for (const pid of slots()) stop(pid);
    });
    expect(outcome.output).toBe('made\n');
    await expectReplaced(outcome, bundle);
  });
});

/** A hierarchy of cgroup v1 without rules of its own for who may be in it. */
const v1 = ['freezer', 'cpuacct', 'perf_event'].map((name) => `/sys/fs/cgroup/${name}`).find((path) => existsSync(`${path}/tasks`));

/** Stops a process, and returns when it is stopped: on a busy machine the signal takes time. */
function stop(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return;
  }
}

/** The slots' processes: children with their own network namespace. */
function slots(): readonly number[] {
  const own = readlinkSync('/proc/self/ns/net');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          new RegExp(`^PPid:\\s+${process.pid}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8')) &&
          readlinkSync(`/proc/${pid}/ns/net`) !== own
        );
      } catch {
        return false; // It has ended.
      }
    });
}

describe('a slot is kept', () => {
  test('if something is mounted elsewhere on the host', async () => {
    const bundle = bundleOf('echo made', bind(newDirectory()));
    const { pool } = await afterPrewarm(bundle, () => mounted());
    expect(pool).toMatchObject({ warm: 1, cold: 0 });
  });

  test('if a container of another bundle does not fit it', async () => {
    const bundle = bundleOf('echo made');
    const other = bundleOf('echo other', (config) => (config.hostname = 'other'));
    const runtime = new Runtime({ root: stateRoot });
    const pool = await runtime.prewarm({ count: 1, bundle: bundle.directory });
    afterTest(() => pool.close());
    const before = slots();
    expect(await outputOf(runtime, other)).toBe('other\n');
    expect(pool).toMatchObject({ cold: 1, ready: 1 });
    expect(slots()).toEqual(before);
  });
});

/** docs/decisions/0008, "Consequence". */
describe('what a container from a slot has of the time of prewarm', () => {
  // A number that means nothing to the kernel (Documentation/networking/ip-sysctl.rst).
  const tag = 'net.ipv4.conf.default.tag';
  const file = `/proc/sys/${tag.replaceAll('.', '/')}`;
  const change = (): void => {
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, String(Number(before) + 1));
    afterTest(() => {
      writeFileSync(file, before);
    });
  };
  const inherits = readFileSync('/proc/sys/net/core/devconf_inherit_init_net', 'utf8') === '0\n';

  test.runIf(inherits)('are the IPv4 settings that a network namespace copies from the initial one', async () => {
    const bundle = bundleOf(`cat ${file}`);
    const before = readFileSync(file, 'utf8');
    const runtime = new Runtime({ root: stateRoot });
    const pool = await runtime.prewarm({ count: 1, bundle: bundle.directory });
    afterTest(() => pool.close());
    change();
    expect({ output: await outputOf(runtime, bundle), warm: pool.warm }).toEqual({ output: before, warm: 1 });
    await pool.fill();
    expect(await outputOf(runtime, bundle)).not.toBe(before);
  });

  test('are none that the configuration sets', async () => {
    const bundle = bundleOf(`cat ${file}`, (config) => (config.linux['sysctl'] = { [tag]: '77' }));
    expect((await afterPrewarm(bundle, change)).output).toBe('77\n');
  });
});

test('a slot is not used if the core dump filter of the program has changed since', async () => {
  const own = '/proc/self/coredump_filter';
  const before = readFileSync(own, 'utf8');
  const bundle = bundleOf(`cat ${own}`);
  const runtime = new Runtime({ root: stateRoot });
  const pool = await runtime.prewarm({ count: 1, bundle: bundle.directory });
  afterTest(() => pool.close());
  writeFileSync(own, '0x7');
  afterTest(() => {
    writeFileSync(own, `0x${before.trim()}`);
  });
  expect({ output: await outputOf(runtime, bundle), warm: pool.warm }).toEqual({ output: '00000007\n', warm: 0 });
});

describe('a slot that is frozen after it was examined', () => {
  test('does not make a creation hang', async () => {
    const bundle = bundleOf('echo made');
    const runtime = new Runtime({ root: stateRoot });
    const pool = await runtime.prewarm({ count: 1, bundle: bundle.directory });
    afterTest(() => pool.close());
    // A frozen process is neither stopped nor ended.
    for (const pid of slots()) {
      const [, path = ''] = /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? [];
      writeFileSync(join(cgroup2Mount ?? '', path, 'cgroup.freeze'), '1');
    }
    await expect(outputOf(runtime, bundle)).rejects.toMatchObject({
      code: 'setup',
      message: expect.stringContaining('does not respond') as unknown,
    });
    expect(runtime.list()).toEqual([]);
    await pool.fill();
    expect(await outputOf(runtime, bundle)).toBe('made\n');
  }, 30_000);
});

describe('a pool whose processes are all stopped', () => {
  test('can be closed', async () => {
    const children = (): readonly number[] =>
      readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    const before = children();
    const pool = await new Runtime({ root: stateRoot }).prewarm({ count: 2 });
    for (const pid of children().filter((pid) => !before.includes(pid))) process.kill(pid, 'SIGSTOP');
    await pool.close();
    expect(children()).toEqual(before);
  });
});

describe('a program with fewer descriptors than its pool needs', () => {
  test('is told so, and nothing is left behind', async () => {
    rmSync(stateRoot, { recursive: true, force: true });
    mkdirSync(stateRoot, { recursive: true });
    const program = `
      import { Runtime } from '${join(import.meta.dirname, '../../../dist/library/index.js')}';
      const runtime = new Runtime({ root: '${stateRoot}' });
      const failure = await runtime.prewarm({ count: 400 }).then(() => 'none', (error) => error.errno ?? error.message);
      const { readdirSync, readFileSync } = await import('node:fs');
      const children = readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8');
      console.log(JSON.stringify({ failure, pool: runtime.pool, children }));`;
    const owner = spawn('sh', ['-c', 'ulimit -n 256; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = text(owner.stdout);
    const [code] = (await once(owner, 'exit')) as [number];
    expect({ code, output: JSON.parse(await output) as unknown }).toEqual({
      code: 0,
      output: { failure: 'EMFILE', pool: null, children: '' },
    });
    const above = join(cgroup2Mount ?? '', 'tsrun');
    expect(existsSync(above) ? readdirSync(above).filter((name) => name.startsWith(`@warm-${owner.pid ?? 0}-`)) : []).toEqual([]);
  }, 60_000);
});
