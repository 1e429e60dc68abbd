import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import {
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
  succeed,
  test,
  type Config,
  type Mount,
} from '../harness/index.js';

const add =
  (...mounts: Mount[]) =>
  (config: Config) =>
    void config.mounts.push(...mounts);

describe('file system options on a bind mount', () => {
  test.runIf(can.currentRuncWords)('are refused, because the kernel would ignore them', async () => {
    const said = await refused(add({ destination: '/mnt', type: 'bind', source: newDirectory(), options: ['bind', 'size=64k'] }));
    expect(said).toContain('bind mounts cannot have any filesystem-specific options applied');
  });

  test.runIf(can.currentRuncWords)('are refused even if only the type says bind', async () => {
    await refused(add({ destination: '/mnt', type: 'bind', source: newDirectory(), options: ['mode=755'] }));
  });

  test('do not include the options of the mount itself', async () => {
    const options = ['rbind', 'ro', 'nosuid', 'nodev', 'noexec', 'relatime', 'rprivate'];
    expect(
      await inside('grep -c " /mnt " /proc/self/mountinfo', add({ destination: '/mnt', type: 'bind', source: newDirectory(), options })),
    ).toBe('1');
  });
});

test.runIf(can.runcMounts).each(['noatime', 'strictatime', 'nodiratime'])(
  '%s in a user namespace is refused if the kernel locks access times',
  async (option) => {
    const source = newDirectory();
    const bundle = makeBundle({
      owner: 100_000,
      script: 'true',
      config: (config) => {
        config.mounts.push({ destination: '/mnt', type: 'bind', source, options: ['bind', option] });
        config.linux.namespaces.push({ type: 'user' });
        config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      },
    });
    const said = fail(await run(bundle));
    if (can.tsrun) expect(said).toMatch(/access times/);
  },
);

describe.runIf(can.runcMounts && can.currentRuncWords)('attributes of the source of a bind mount', () => {
  /** The options of /mnt inside, whose source is a mount with `nosuid,noexec`, in a container with both namespaces. */
  async function seen(...options: string[]): Promise<readonly string[]> {
    const source = { destination: '/source', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'noexec', 'mode=755'] };
    const bundle = makeBundle({ script: 'awk \'$5 == "/mnt" {print $6}\' /proc/self/mountinfo' });
    // The container's root is mounted on its own path until it becomes `/`.
    add(source, { destination: '/mnt', type: 'bind', source: `${bundle.rootfs}/source`, options })(bundle.config);
    bundle.save();
    return succeed(await run(bundle)).split(',');
  }

  test('are kept if the bind mount has no attributes of its own', async () => {
    expect(await seen('bind')).toEqual(expect.arrayContaining(['nosuid', 'noexec']));
    expect(await seen('bind', 'rprivate')).toEqual(expect.arrayContaining(['nosuid', 'noexec']));
  });

  test('are replaced by those of the bind mount', async () => {
    expect((await seen('bind', 'ro', 'nodev')).filter((option) => /^(ro|rw|no(suid|dev|exec))$/.test(option))).toEqual(['ro', 'nodev']);
    expect((await seen('bind', 'rw')).filter((option) => /^(ro|rw|no(suid|dev|exec))$/.test(option))).toEqual(['rw']);
  });
});

describe('a mount destination that leads into procfs', () => {
  /** A bundle whose image has a symlink `link` to `target`. */
  function withLink(target: string, mount: Mount, ...before: Mount[]): ReturnType<typeof makeBundle> {
    const bundle = makeBundle({
      script: 'cat /proc/sys/kernel/hostname; cat /proc/self/attr/current 2>/dev/null; true',
      config: add(...before, mount),
    });
    symlinkSync(target, `${bundle.rootfs}/link`);
    return bundle;
  }

  function file(text: string): string {
    const path = newPath();
    writeFileSync(path, text);
    return path;
  }

  test.runIf(can.runcMounts).each(['/proc/sys/kernel/hostname', '../proc/sys/kernel/hostname', '/proc/1/attr/exec'])(
    'through a symlink to %s is refused (CVE-2019-16884)',
    async (target) => {
      const source = file('fake\n');
      const said = fail(await run(withLink(target, { destination: '/link', type: 'bind', source, options: ['bind'] })));
      expect(said).toContain('/link');
      expect(said).toMatch(/procfs|inside \/proc/);
      expect(readFileSync(source, 'utf8')).toBe('fake\n');
    },
  );

  test.runIf(can.refuseFileSystemsOnProcfs)('through a symlink to a directory is refused for a new file system, too', async () => {
    fail(await run(withLink('/proc/sys', { destination: '/link', type: 'tmpfs', source: 'tmpfs' })));
    fail(await run(withLink('/proc', { destination: '/link/sys', type: 'tmpfs', source: 'tmpfs' })));
  });

  const hostProc = (destination: string): Mount => ({ destination, type: 'bind', source: '/proc', options: ['rbind'] });

  test('without a symlink is allowed: the configuration mounted that procfs', async () => {
    const version = { destination: '/host/version', type: 'bind', source: file('small'), options: ['bind'] };
    expect(await inside('cat /host/version', add(hostProc('/host'), version))).toBe('small');
  });

  test("may be the host's /proc after the host's root was mounted", async () => {
    const host = { destination: '/host', type: 'bind', source: '/', options: ['rbind', 'rslave'] };
    expect(await inside('cat /host/proc/self/comm', add(host, hostProc('/host/proc')))).toBe('cat');
  });

  test.runIf(can.tsrun)('is refused there, too, through a symlink', async () => {
    fail(
      await run(withLink('/host', { destination: '/link/version', type: 'bind', source: file('x'), options: ['bind'] }, hostProc('/host'))),
    );
  });

  test('may be a second proc elsewhere', async () => {
    expect(await inside('cat /other/self/comm', add({ destination: '/other', type: 'proc', source: 'proc' }))).toBe('cat');
  });

  test.each(['/proc/cpuinfo', '/proc/meminfo', '/proc/uptime'])('%s may be covered, as lxcfs does', async (destination) => {
    expect(await inside(`cat ${destination}`, add({ destination, type: 'bind', source: file('small'), options: ['bind'] }))).toBe('small');
  });
});
