import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {
  afterTest,
  can,
  created,
  describe,
  exec,
  expect,
  fail,
  leftovers,
  makeBundle,
  makeRootfs,
  mark,
  newDirectory,
  newId,
  run,
  running,
  sameMounts,
  runtime,
  stateOf,
  succeed,
  test,
  until,
  type Bundle,
  type Config,
} from '../harness/index.js';

const writes = 'echo inside > /made && rm /etc/group && echo changed > /etc/passwd && cat /made';
const writable = (config: Config): void => void (config.root.readonly = false);

function inUserNamespace(config: Config): void {
  writable(config);
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
}

function expectUntouched(bundle: Bundle): void {
  expect(existsSync(`${bundle.rootfs}/made`)).toBe(false);
  expect(existsSync(`${bundle.rootfs}/etc/group`)).toBe(true);
  expect(readFileSync(`${bundle.rootfs}/etc/passwd`, 'utf8')).toContain('root:');
}

/** Directories that each contain a file of their own, and all contain the file `which`; the topmost first. */
function layers(count: number, base: string): string[] {
  const above = Array.from({ length: count - 1 }, (_, index) => {
    const directory = newDirectory();
    writeFileSync(`${directory}/layer${index}`, '');
    writeFileSync(`${directory}/which`, String(index));
    return directory;
  });
  return [...above, base];
}

describe.runIf(can.tsrun)('--overlay', () => {
  test.each(['--overlay', '--overlay=memory'])('%s leaves the rootfs untouched', async (flag) => {
    const bundle = makeBundle({ script: writes, config: writable });
    expect(succeed(await run(bundle, { flags: [flag] }))).toBe('inside');
    expectUntouched(bundle);
  });

  test('keeps changes while the container lives', async () => {
    const bundle = makeBundle({ config: writable });
    const id = newId();
    succeed(await runtime(['create', '--overlay', '--bundle', bundle.directory, id]));
    succeed(await runtime(['start', id]));
    succeed(await exec(id, ['sh', '-c', writes]));
    expect(succeed(await exec(id, ['cat', '/made']))).toBe('inside');
    expectUntouched(bundle);
    succeed(await runtime(['delete', '--force', id]));
    expectUntouched(bundle);
  });

  test('in memory starts empty each time', async () => {
    const bundle = makeBundle({ script: 'ls /made 2>/dev/null; touch /made', config: writable });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('');
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('');
  });

  test('in a directory keeps changes, and continues with them', async () => {
    const directory = newDirectory();
    const bundle = makeBundle({ script: 'cat /made 2>/dev/null; echo again > /made', config: writable });
    expect(succeed(await run(bundle, { flags: [`--overlay=${directory}`] }))).toBe('');
    expect(succeed(await run(bundle, { flags: [`--overlay=${directory}`] }))).toBe('again');
    expectUntouched(bundle);
    expect(readFileSync(`${directory}/upper/made`, 'utf8')).toBe('again\n');
  });

  test('works with a read-only root, which stays read-only', async () => {
    const bundle = makeBundle({ script: 'touch /made 2>/dev/null || echo refused' });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('refused');
  });

  test('creates mount destinations without touching the rootfs', async () => {
    const bundle = makeBundle({
      script: 'test -d /new/place && echo made',
      config: (config) => config.mounts.push({ destination: '/new/place', type: 'tmpfs', source: 'tmpfs' }),
    });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('made');
    expect(existsSync(`${bundle.rootfs}/new`)).toBe(false);
  });

  test("works over the host's own root", async () => {
    const file = `/${mark}-made`;
    afterTest(() => rmSync(file, { force: true }));
    const bundle = makeBundle({
      args: ['/bin/sh', '-c', `echo inside > ${file} && cat ${file} && echo $$ && hostname`],
      config: (config) => {
        writable(config);
        config.root.path = '/';
      },
    });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('inside\n1\nbox');
    expect(existsSync(file)).toBe(false);
  });

  test('works in a user namespace', async () => {
    const bundle = makeBundle({
      script: 'echo inside > /tmp/made && cat /tmp/made',
      owner: 100_000,
      config: inUserNamespace,
    });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('inside');
    expect(existsSync(`${bundle.rootfs}/tmp/made`)).toBe(false);
  });

  test('in a user namespace renames files and directories of the image', async () => {
    const bundle = makeBundle({
      script: 'mv /etc/passwd /etc/users && mv /etc /settings && head -n 1 /settings/users | cut -d: -f1',
      owner: 100_000,
      config: inUserNamespace,
    });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('root');
    expect(existsSync(`${bundle.rootfs}/etc/passwd`)).toBe(true);
  });

  test('leaves no mount on the host, not even while the container runs', async () => {
    const { wrapper, mounts } = sameMounts();
    await running({ flags: ['--overlay'], config: writable, call: { wrapper } });
    const [before, after] = mounts();
    expect(after).toBe(before);
  });

  test('in a user namespace keeps owners that are not mapped', async () => {
    const bundle = makeBundle({
      script: 'stat -c %u:%g / /etc/passwd; touch /made || echo denied; mv /etc/passwd /etc/other || echo denied',
      config: inUserNamespace,
    });
    // The same as without an overlay.
    const plain = succeed(await run(bundle));
    expect(plain).toBe('65534:65534\n65534:65534\ndenied\ndenied');
    for (const flag of ['--overlay', `--overlay=${newDirectory()}`]) {
      const outcome = await run(bundle, { flags: [flag] });
      expect(succeed(outcome), flag).toBe(plain);
      expect(outcome.stderr).not.toMatch(/too large/);
    }
  });

  test.each(['nosuid', 'nodev', 'noexec', 'ro'])('keeps %s of the mount that the root is on', async (option) => {
    const bundle = makeBundle({ script: 'touch /made; grep " / " /proc/self/mountinfo', config: writable });
    execFileSync('mount', ['--bind', bundle.rootfs, bundle.rootfs]);
    afterTest(() => execFileSync('umount', [bundle.rootfs]));
    execFileSync('mount', ['-o', `remount,bind,${option}`, bundle.rootfs]);
    const outcome = await run(bundle, { flags: ['--overlay'] });
    if (option === 'noexec') expect(fail(outcome)).toMatch(/noexec|permission denied/);
    else expect(succeed(outcome).split(' ')[5]).toMatch(new RegExp(`\\b${option}\\b`));
    if (option === 'ro') expect(outcome.stderr).toMatch(/Read-only/);
  });

  test('makes files on a read-only file system writable', async () => {
    const image = newDirectory();
    execFileSync('mount', ['-t', 'tmpfs', 'none', image]);
    afterTest(() => execFileSync('umount', [image]));
    makeRootfs(`${image}/rootfs`, { copy: true });
    execFileSync('mount', ['-o', 'remount,ro', image]);
    const bundle = makeBundle({
      script: 'echo inside > /made && cat /made',
      config: (config) => (writable(config), (config.root.path = `${image}/rootfs`)),
    });
    expect(succeed(await run(bundle, { flags: ['--overlay'] }))).toBe('inside');
  });

  test('with a missing directory fails and names it', async () => {
    expect(fail(await run(makeBundle({ args: ['true'] }), { flags: ['--overlay=/no/where'] }))).toMatch(/\/no\/where/);
  });

  test('leaves nothing behind if it fails', async () => {
    fail(await run(makeBundle({ args: ['/no/where'] }), { flags: ['--overlay'] }));
    expect(leftovers(mark, '/nonexistent')).toEqual([]);
  });
});

describe.runIf(can.tsrun)('the directory of an overlay', () => {
  const bundle = (): Bundle => makeBundle({ script: 'chmod 4755 /bin/busybox', config: writable });
  const runIn = (directory: string) => run(bundle(), { flags: [`--overlay=${directory}`] });

  test('is closed to other users, because it may contain set-user-id files', async () => {
    const directory = newDirectory();
    chmodSync(directory, 0o755);
    succeed(await runIn(directory));
    expect(statSync(directory).mode & 0o7777).toBe(0o700);
    // The container's root directory looks as in the image.
    expect(statSync(`${directory}/upper`).mode & 0o7777).toBe(0o755);
  });

  test('is refused and unchanged if it contains other files and is open to others', async () => {
    const directory = newDirectory();
    chmodSync(directory, 0o755);
    writeFileSync(`${directory}/file`, '');
    expect(fail(await runIn(directory))).toMatch(/0700/);
    expect(statSync(directory).mode & 0o7777).toBe(0o755);
    expect(readdirSync(directory)).toEqual(['file']);
  });

  test('is refused if it belongs to another user', async () => {
    const directory = newDirectory();
    chownSync(directory, 1000, 1000);
    fail(await runIn(directory));
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each(['upper', 'work'])('is refused if %s is a symlink, which is not followed', async (name) => {
    const directory = newDirectory();
    const elsewhere = newDirectory();
    chmodSync(directory, 0o700);
    chmodSync(elsewhere, 0o751);
    symlinkSync(elsewhere, `${directory}/${name}`);
    fail(await runIn(directory));
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(statSync(elsewhere).mode & 0o7777).toBe(0o751);
  });

  test("is refused while another creation uses it, whose files are not mistaken for somebody else's", async () => {
    const directory = newDirectory();
    chmodSync(directory, 0o755);
    // Acts as another tsrun does before it has made the directory private.
    const holder = spawn('flock', [directory, 'sh', '-c', `mkdir ${directory}/upper && exec sleep 1000`], {
      stdio: 'ignore',
      detached: true,
    });
    afterTest(() => void process.kill(-(holder.pid as number), 'SIGKILL'));
    await until('it has the directory', () => readdirSync(directory).includes('upper'));
    expect(fail(await runIn(directory))).toMatch(/another container/);
  });

  test('is used by one container at a time', async () => {
    const directory = newDirectory();
    const first = await running({ flags: [`--overlay=${directory}`], config: writable });
    expect(fail(await runIn(directory))).toMatch(/another container/);
    // The refused container has not touched it.
    await exec(first.id, ['touch', '/made']).then(succeed);
    succeed(await runtime(['delete', '--force', first.id]));
    succeed(await runIn(directory));
    expect(readdirSync(`${directory}/upper`)).toContain('made');
  });
});

describe.runIf(can.tsrun)('the overlay annotations', () => {
  const annotate = (annotations: Record<string, string>) => (config: Config) => {
    writable(config);
    config.annotations = annotations;
  };

  const runAllowed = (bundle: Bundle) =>
    run(bundle, { flags: ['--overlay'], env: { TSRUN_ALLOW_ANNOTATIONS: 'org.example.other, org.tsrun.overlay.lowers' } });

  test('org.tsrun.overlay requests one', async () => {
    const bundle = makeBundle({ script: writes, config: annotate({ 'org.tsrun.overlay': 'memory' }) });
    expect(succeed(await run(bundle))).toBe('inside');
    expectUntouched(bundle);
  });

  test('org.tsrun.overlay names a directory', async () => {
    const directory = newDirectory();
    const bundle = makeBundle({ script: writes, config: annotate({ 'org.tsrun.overlay': directory }) });
    succeed(await runtime(['--allow-annotation', 'org.tsrun.overlay', 'run', '--bundle', bundle.directory, newId()]));
    expect(readdirSync(`${directory}/upper`)).toContain('made');
  });

  test.each([1, 2, 100])('org.tsrun.overlay.lowers adds %i layers', async (count) => {
    const bundle = makeBundle({ script: 'cat /which 2>/dev/null; ls / | grep -c layer; echo inside > /made' });
    const lowers = layers(count, bundle.rootfs);
    annotate({ 'org.tsrun.overlay.lowers': JSON.stringify(lowers) })(bundle.config);
    bundle.config.process.args = ['sh', '-c', 'cat /which 2>/dev/null; ls / | grep -c layer; echo inside > /made'];
    bundle.save();
    // The topmost layer takes precedence.
    expect(succeed(await runAllowed(bundle))).toBe(`${count > 1 ? '0' : ''}${count - 1}`);
    for (const lower of lowers) expect(existsSync(`${lower}/made`)).toBe(false);
  });

  test('layers may have any name', async () => {
    const bundle = makeBundle({ script: 'cat /which' });
    const odd = `${newDirectory()}/a:b,c\\d "e`;
    mkdirSync(odd);
    writeFileSync(`${odd}/which`, 'odd');
    annotate({ 'org.tsrun.overlay.lowers': JSON.stringify([odd, bundle.rootfs]) })(bundle.config);
    bundle.save();
    expect(succeed(await runAllowed(bundle))).toBe('odd');
  });

  test.each(['', '[]', '["relative"]', '{}', 'text', '[1]'])('invalid lowers "%s" are refused', async (lowers) => {
    expect(fail(await runAllowed(makeBundle({ args: ['true'], config: annotate({ 'org.tsrun.overlay.lowers': lowers }) })))).toMatch(
      /JSON array/,
    );
  });

  test('do not change the state of a created container', async () => {
    const container = await created({ config: annotate({ 'org.tsrun.overlay': 'memory' }) });
    expect((await stateOf(container.id)).rootfs).toBe(container.bundle.rootfs);
  });
});
