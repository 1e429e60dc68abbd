import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  can,
  describe,
  expect,
  inside,
  makeBundle,
  makeRootfs,
  newDirectory,
  run,
  running,
  sameMounts,
  execInside,
  scratch,
  succeed,
  test,
  untilOutput,
  withoutNamespace,
} from '../harness/index.js';

describe('the root file system', () => {
  test('is the rootfs of the bundle', async () => {
    const bundle = makeBundle({ script: 'cat /etc/mark' });
    writeFileSync(`${bundle.rootfs}/etc/mark`, 'mine');
    expect(succeed(await run(bundle))).toBe('mine');
  });

  test('shows nothing of the host', async () => {
    expect(await inside(`test -e ${scratch} || echo absent; grep -c oldroot /proc/self/mountinfo; ls /`)).toMatch(/^absent\n0\n/);
  });

  test('is read-only if the configuration says so', async () => {
    expect(await inside('touch /made 2>/dev/null || echo refused; touch /dev/shm/made && echo elsewhere')).toBe('refused\nelsewhere');
  });

  test('is writable otherwise', async () => {
    const bundle = makeBundle({ script: 'echo text > /made', config: (config) => (config.root.readonly = false) });
    succeed(await run(bundle));
    expect(readFileSync(`${bundle.rootfs}/made`, 'utf8')).toBe('text\n');
  });

  test('may have an absolute path outside of the bundle', async () => {
    const rootfs = `${newDirectory()}/other`;
    makeRootfs(rootfs);
    writeFileSync(`${rootfs}/etc/mark`, 'other');
    expect(await inside('cat /etc/mark', (config) => (config.root.path = rootfs))).toBe('other');
  });

  test.runIf(can.rootfsThroughSymlink)('may be reached through a symlink', async () => {
    const bundle = makeBundle({ script: 'echo ran', config: (config) => (config.root.path = 'link') });
    symlinkSync('rootfs', `${bundle.directory}/link`);
    expect(succeed(await run(bundle))).toBe('ran');
  });

  test('is entered with chroot(2) and a moved mount for --no-pivot', async () => {
    const bundle = makeBundle({ script: `ls -d ${scratch} 2>/dev/null || echo absent; touch /made 2>/dev/null || echo refused; id -u` });
    expect(succeed(await run(bundle, { flags: ['--no-pivot'] }))).toBe('absent\nrefused\n0');
  });

  test('is entered by exec, with --no-pivot too', async () => {
    const container = await running({ flags: ['--no-pivot'] });
    expect(await execInside(container.id, `ls -d ${scratch} 2>/dev/null || echo absent; hostname`)).toBe('absent\nbox');
  });

  test('leaves no mount on the host', async () => {
    const { wrapper, mounts } = sameMounts();
    succeed(await run(makeBundle({ args: ['true'] }), { wrapper }));
    const [before, after] = mounts();
    expect(after).toBe(before);
  });

  test('is a separate mount', async () => {
    expect(await inside('awk \'$5 == "/" {n++} END {print n}\' /proc/self/mountinfo')).toBe('1');
  });
});

describe('rootfsPropagation', () => {
  const fields = 'awk \'$5 == "/" {out = ""; for (i = 7; $i != "-"; i++) out = out " " $i; print "fields" out}\' /proc/self/mountinfo';

  test.each(
    [
      ['private', /^fields$/],
      ['slave', /^fields( master:\d+)?$/],
      ['shared', /^fields shared:\d+/],
      ['unbindable', /^fields unbindable$/],
    ].slice(0, can.allRootfsPropagations ? 4 : 2) as [string, RegExp][],
  )('%s', async (propagation, expected) => {
    expect(await inside(fields, (config) => (config.linux.rootfsPropagation = propagation))).toMatch(expected);
  });

  test.runIf(can.tsrun)('shared with a user namespace keeps mounts of the container off the host', async () => {
    const volume = newDirectory();
    // Shared on the host, as with systemd.
    execFileSync('mount', ['-t', 'tmpfs', 'none', volume]);
    afterTest(() => execFileSync('umount', ['-R', volume]));
    execFileSync('mount', ['--make-shared', volume]);
    mkdirSync(`${volume}/place`);
    const container = await running({
      owner: 100_000,
      script: 'mount -t tmpfs marker /data/place && echo mounted; sleep 1000',
      config: (config) => {
        config.root.readonly = false;
        config.mounts.push({ destination: '/data', source: volume, options: ['rbind'] });
        config.linux.rootfsPropagation = 'shared';
        config.linux.namespaces.push({ type: 'user' });
        config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
        for (const set of ['bounding', 'effective', 'permitted'] as const) config.process.capabilities?.[set]?.push('CAP_SYS_ADMIN');
      },
    });
    await untilOutput(container, /mounted/);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(' marker ');
  });

  test('shared applies to binds of shared mounts, but not to new mounts', async () => {
    const volume = newDirectory();
    execFileSync('mount', ['-t', 'tmpfs', 'none', volume]);
    afterTest(() => execFileSync('umount', ['-R', volume]));
    execFileSync('mount', ['--make-shared', volume]);
    const seen = await inside(
      "awk '/ (.data|.tmp|.proc|.sys.fs.cgroup) / { print $5, ($7 ~ /^shared/) }' /proc/self/mountinfo",
      (config) => {
        config.mounts.push(
          { destination: '/data', type: 'bind', source: volume, options: ['bind'] },
          { destination: '/tmp', type: 'tmpfs', source: 'tmpfs' },
        );
        config.linux.rootfsPropagation = 'shared';
        // Otherwise a mount of the container below the hierarchy would appear on the host.
        if (can.tsrun) withoutNamespace(config, 'cgroup');
      },
    );
    expect(seen.split('\n').sort()).toEqual(['/data 1', '/proc 0', '/sys/fs/cgroup 0', '/tmp 0']);
  });

  test.each([
    ['shared', '/data 0'],
    ['rshared', '/data 1'],
  ])('%s decides on a bind of a private mount: %s', async (propagation, expected) => {
    const volume = newDirectory();
    execFileSync('mount', ['-t', 'tmpfs', 'none', volume]);
    afterTest(() => execFileSync('umount', ['-R', volume]));
    execFileSync('mount', ['--make-private', volume]);
    const seen = await inside("awk '/ .data / { print $5, ($7 ~ /^shared/) }' /proc/self/mountinfo", (config) => {
      config.mounts.push({ destination: '/data', type: 'bind', source: volume, options: ['bind'] });
      config.linux.rootfsPropagation = propagation;
    });
    expect(seen).toBe(expected);
  });

  test('defaults to one that keeps mounts off the host', async () => {
    expect(await inside(fields)).not.toMatch(/shared/);
  });
});

test('a bundle may contain other files', async () => {
  const bundle = makeBundle({ script: 'ls /' });
  mkdirSync(`${bundle.directory}/secrets`);
  expect(succeed(await run(bundle))).not.toContain('secrets');
  expect(existsSync(`${bundle.directory}/secrets`)).toBe(true);
});
