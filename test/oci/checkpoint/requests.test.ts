/** checkpoint and restore with a CRIU that records what it is asked (test/programs/criu/fake_criu.c). */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { recordingCriu, type RecordingCriu } from '../../programs/criu/recording.js';
import {
  afterTest,
  can,
  created,
  describe,
  expect,
  fail,
  isAlive,
  makeBundle,
  newDirectory,
  newId,
  openConsole,
  running,
  runtime,
  startRuntime,
  stateOf,
  stateRoot,
  stopped,
  succeed,
  test,
  until,
  untilStatus,
  type Bundle,
  type Outcome,
} from '../harness/index.js';

interface Fake extends RecordingCriu {
  readonly call: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Outcome>;
}

function fakeCriu(): Fake {
  const criu = recordingCriu();
  return { ...criu, call: (args, more = {}) => runtime(args, { env: { ...criu.env, ...more } }) };
}

/** A directory in which something is mounted on `below`. */
function withMountBelow(): string {
  const directory = newDirectory();
  mkdirSync(`${directory}/below`);
  execFileSync('mount', ['-t', 'tmpfs', 'none', `${directory}/below`]);
  afterTest(() => execFileSync('umount', [`${directory}/below`]));
  return directory;
}

const tableOf = (pid: number): string => readFileSync(`/proc/${pid}/mountinfo`, 'utf8');

/** A directory that is an image, as tsrun saves it. */
function emptyImage(fake: Fake, saved: object = { descriptors: ['pipe:[7]', '', 'pipe:[7]'], externalMounts: [] }): void {
  mkdirSync(fake.image);
  writeFileSync(`${fake.image}/tsrun.json`, JSON.stringify(saved));
}

async function restored(fake: Fake, bundle: Bundle, flags: readonly string[] = []): Promise<string> {
  const id = newId();
  succeed(await fake.call(['restore', '--detach', '--image-path', fake.image, '--bundle', bundle.directory, ...flags, id]));
  return id;
}

describe.runIf(can.tsrun)('checkpoint', () => {
  test('saves a running container and removes it', async () => {
    const fake = fakeCriu();
    const { id, bundle } = await running();
    const { pid } = await stateOf(id);
    succeed(await fake.call(['checkpoint', '--image-path', fake.image, id]));
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    expect(fake.options('dump')).toMatchObject({
      pid,
      root: bundle.rootfs,
      log_file: 'dump.log',
      manage_cgroups_mode: 3,
      leave_running: false,
      orphan_pts_master: true,
      notify_scripts: true,
      config_file: '/etc/criu/runc.conf',
    });
    expect(JSON.parse(readFileSync(`${fake.image}/descriptors.json`, 'utf8'))).toHaveLength(3);
  });

  test('passes every flag on', async () => {
    const fake = fakeCriu();
    const { id } = await running();
    const switches = [
      'leave-running',
      'tcp-established',
      'tcp-skip-in-flight',
      'link-remap',
      'ext-unix-sk',
      'shell-job',
      'file-locks',
      'auto-dedup',
      'lazy-pages',
    ];
    mkdirSync(fake.image);
    mkdirSync(`${fake.image}/before`);
    succeed(
      await fake.call([
        'checkpoint',
        ...switches.map((name) => `--${name}`),
        ...['--image-path', fake.image, '--work-path', `${fake.image}/work`, '--parent-path', 'before', '--page-server', '[::1]:27'],
        ...['--manage-cgroups-mode', 'ignore', '--network-lock', 'skip', '--empty-ns', 'network', id],
      ]),
    );
    expect((await stateOf(id)).status).toBe('running');
    expect(fake.options('dump')).toMatchObject({
      ...Object.fromEntries(switches.map((name) => [name.replaceAll('-', '_'), true])),
      parent_img: 'before',
      track_mem: true,
      ps: { address: '::1', port: 27 },
      manage_cgroups_mode: 0,
      network_lock: 3,
      empty_ns: 0x40000000,
    });
    expect(existsSync(`${fake.image}/work`)).toBe(true);
  });

  test('of memory only leaves the container running', async () => {
    const fake = fakeCriu();
    const { id } = await running();
    succeed(await fake.call(['checkpoint', '--pre-dump', '--image-path', fake.image, id]));
    expect((await stateOf(id)).status).toBe('running');
    expect(fake.options('preDump')).toMatchObject({ track_mem: true });
  });

  test('names the bind mounts, what the host has mounted below them, and the namespaces of others', async () => {
    const fake = fakeCriu();
    const source = withMountBelow();
    const { id } = await running({
      config: (config) => {
        config.mounts.push({ destination: '/tmp/data', source, options: ['rbind'] });
        const network = config.linux?.namespaces?.find(({ type }) => type === 'network');
        if (network !== undefined) Object.assign(network, { path: '/proc/self/ns/net' });
      },
    });
    succeed(await fake.call(['checkpoint', '--leave-running', '--image-path', fake.image, id]));
    const { ext_mnt, external } = fake.options('dump');
    expect(ext_mnt).toContainEqual({ key: '/tmp/data', val: '/tmp/data' });
    expect(ext_mnt).toContainEqual({ key: '/tmp/data/below', val: '/tmp/data/below' });
    expect(external).toContainEqual(expect.stringMatching(/^net\[\d+\]:extRootNetNS$/));
  });

  test('does not save what the container mounts over names of the host, which a restore would take from the host', async () => {
    const fake = fakeCriu();
    const source = newDirectory();
    writeFileSync(`${source}/mine`, '');
    const mounts = 'mount --bind /tmp/data/mine /etc/passwd; mkdir /tmp/data/etc; mount -t tmpfs none /tmp/data/etc; echo done; sleep 1000';
    const { id } = await running({
      args: ['sh', '-c', `mkdir -p /etc; touch /etc/passwd; ${mounts}`],
      config: (config) => {
        config.root.readonly = false;
        config.mounts.push({ destination: '/tmp/data', source, options: ['rbind'] });
        for (const set of ['bounding', 'effective', 'permitted'] as const) config.process.capabilities?.[set]?.push('CAP_SYS_ADMIN');
      },
    });
    const { pid } = await stateOf(id);
    await until('mounted', () => tableOf(pid).includes(' /tmp/data/etc '));
    expect(tableOf(pid)).toContain(' /etc/passwd ');
    succeed(await fake.call(['checkpoint', '--leave-running', '--image-path', fake.image, id]));
    const places = fake.options('dump').ext_mnt?.map(({ key }) => key);
    expect(places).toContain('/tmp/data');
    expect(places).not.toContain('/etc/passwd');
    expect(places).not.toContain('/tmp/data/etc');
  });

  test.each(['created', 'stopped'] as const)('of a %s container is refused', async (status) => {
    const fake = fakeCriu();
    const { id } = await (status === 'created' ? created() : stopped());
    const error = fail(await fake.call(['checkpoint', '--image-path', fake.image, id]));
    expect(error).toContain(`cannot checkpoint a container in the ${status} state`);
    expect(existsSync(fake.image)).toBe(false);
  });

  test.each([
    ['none', 'this one does not tell its version'],
    ['3.15', 'this one is 3.15'],
  ])('refuses a CRIU of version %s', async (version, words) => {
    const fake = fakeCriu();
    const { id } = await running();
    const error = fail(await fake.call(['checkpoint', '--image-path', fake.image, id], { FAKE_CRIU_VERSION: version }));
    expect(error).toContain(`CRIU 3.16 or newer is required: ${words}`);
    expect((await stateOf(id)).status).toBe('running');
  });

  test('refuses to track memory that the kernel does not track', async () => {
    const fake = fakeCriu();
    const { id } = await running();
    const error = fail(await fake.call(['checkpoint', '--pre-dump', '--image-path', fake.image, id], { FAKE_CRIU_FEATURES: 'none' }));
    expect(error).toContain('not supported here: tracking of changed memory');
    expect((await stateOf(id)).status).toBe('running');
  });

  test('that fails leaves the container thawed, names the log and quotes its last error', async () => {
    const fake = fakeCriu();
    const { id } = await running();
    const error = fail(await fake.call(['checkpoint', '--image-path', fake.image, id], { FAKE_CRIU_FAIL: 'the second' }));
    expect(error).toContain('CRIU failed: the second');
    expect(error).toContain(`${fake.image}/dump.log`);
    expect((await stateOf(id)).status).toBe('running');
  });

  test('that fails leaves a paused container paused', async () => {
    const fake = fakeCriu();
    const { id } = await running();
    succeed(await runtime(['pause', id]));
    fail(await fake.call(['checkpoint', '--image-path', fake.image, id], { FAKE_CRIU_FAIL: 'no' }));
    expect((await stateOf(id)).status).toBe('paused');
  });

  test.each(['request', 'post-dump'])('leaves the container running if CRIU dies at "%s"', async (step) => {
    const fake = fakeCriu();
    const { id } = await running();
    const error = fail(await fake.call(['checkpoint', '--image-path', fake.image, id], { FAKE_CRIU_DIE: step }));
    expect(error).toContain('it was killed: signal: killed');
    expect((await stateOf(id)).status).toBe('running');
  });

  test.each([
    [['--manage-cgroups-mode', 'some'], 'must be ignore or soft or full or strict'],
    [['--page-server', 'host'], 'use ADDRESS:PORT'],
    [['--empty-ns', 'pid'], 'namespace "pid" is not supported'],
    [['--parent-path', '/absolute'], 'must be relative'],
    [['--status-fd', '77'], 'not an open descriptor'],
  ])('refuses %s', async (flags, words) => {
    const fake = fakeCriu();
    const { id } = await running();
    expect(fail(await fake.call(['checkpoint', '--image-path', fake.image, ...flags, id]))).toContain(words);
  });
});

describe.runIf(can.tsrun)('restore', () => {
  test('makes the container a child of the subreaper, in its cgroup, with a pid file', async () => {
    const fake = fakeCriu();
    emptyImage(fake);
    const bundle = makeBundle();
    const id = await restored(fake, bundle, ['--pid-file', `${bundle.directory}/pid`]);
    const { pid, status } = await stateOf(id);
    expect(status).toBe('running');
    expect(readFileSync(`${bundle.directory}/pid`, 'utf8')).toBe(String(pid));
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toMatch(new RegExp(`^0::/.*${id}$`, 'm'));
    expect(fake.options('restore')).toMatchObject({
      root: `${stateRoot}/${id}/criu-root`,
      rst_sibling: true,
      log_file: 'restore.log',
      inherit_fd: [{ key: 'pipe:[7]', fd: 0 }],
    });
    expect(fake.options('restore').cg_root).toContainEqual({ ctrl: '', path: expect.stringContaining(id) as string });
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('criu-root');
    succeed(await runtime(['kill', id, 'KILL']));
    await untilStatus(id, 'stopped');
    succeed(await runtime(['delete', id]));
  });

  test('gives bind mounts the sources of config.json, and passes every flag on', async () => {
    const fake = fakeCriu();
    emptyImage(fake, { descriptors: [], externalMounts: [{ place: '/tmp/data/below', destination: '/tmp/data', rest: '/below' }] });
    const source = withMountBelow();
    const bundle = makeBundle({ config: (config) => config.mounts.push({ destination: '/tmp/data', source, options: ['rbind'] }) });
    const flags = ['--tcp-established', '--tcp-close', '--lazy-pages', '--lsm-profile', 'apparmor:one', '--lsm-mount-context', 'two'];
    const id = await restored(fake, bundle, flags);
    const options = fake.options('restore');
    expect(options.ext_mnt).toContainEqual({ key: '/tmp/data', val: source });
    expect(options.ext_mnt).toContainEqual({ key: '/tmp/data/below', val: `${source}/below` });
    expect(options).toMatchObject({
      tcp_established: true,
      tcp_close: true,
      lazy_pages: true,
      lsm_profile: 'apparmor:one',
      lsm_mount_context: 'two',
    });
    expect(existsSync(`${bundle.rootfs}/tmp/data`)).toBe(true);
    succeed(await runtime(['delete', '--force', id]));
  });

  test('in the foreground ends as the program does, and removes the container', async () => {
    const fake = fakeCriu();
    emptyImage(fake);
    const [bundle, id] = [makeBundle(), newId()];
    const call = startRuntime(['restore', '--image-path', fake.image, '--bundle', bundle.directory, id], { env: fake.env });
    await until('restored', () => call.output().includes('restored'));
    call.child.kill('SIGTERM');
    expect((await call.done).code).toBe(143);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });

  test('runs the hooks of the host with the process of the container', async () => {
    const fake = fakeCriu();
    emptyImage(fake);
    const bundle = makeBundle();
    const hook = (kind: string): object => ({ path: '/bin/sh', args: ['sh', '-c', `cat > ${bundle.directory}/${kind}`] });
    Object.assign(bundle.config, {
      hooks: {
        prestart: [hook('prestart')],
        createRuntime: [hook('createRuntime')],
        poststart: [hook('poststart')],
        poststop: [hook('poststop')],
      },
    });
    bundle.save();
    const id = await restored(fake, bundle);
    const { pid } = await stateOf(id);
    const seen = (kind: string): unknown => JSON.parse(readFileSync(`${bundle.directory}/${kind}`, 'utf8'));
    expect(seen('prestart')).toMatchObject({ id, pid, status: 'creating' });
    expect(seen('createRuntime')).toMatchObject({ id, pid, status: 'creating' });
    expect(seen('poststart')).toMatchObject({ id, pid, status: 'running' });
    succeed(await runtime(['delete', '--force', id]));
    expect(seen('poststop')).toMatchObject({ id, status: 'stopped' });
  });

  test("sends the terminal's master to the console socket", async () => {
    const fake = fakeCriu();
    emptyImage(fake);
    const bundle = makeBundle({ config: (config) => Object.assign(config.process ?? {}, { terminal: true }) });
    const console = await openConsole();
    const id = newId();
    const flags = ['--detach', '--image-path', fake.image, '--bundle', bundle.directory, '--console-socket', console.path];
    succeed(await fake.call(['restore', ...flags, id], { FAKE_CRIU_TERMINAL: '1' }));
    await until('the terminal', () => console.call.output().includes('on the terminal'));
    succeed(await runtime(['delete', '--force', id]));
  });

  test.each([
    ['fails', { FAKE_CRIU_FAIL: 'no such thing' }, 'CRIU failed: no such thing'],
    ['dies before there is a process', { FAKE_CRIU_DIE: 'request' }, 'it was killed'],
    ['dies when there is one', { FAKE_CRIU_DIE: 'post-restore' }, 'it was killed'],
    ['dies when the process runs', { FAKE_CRIU_DIE: 'post-resume' }, 'it was killed'],
    ['is too old', { FAKE_CRIU_VERSION: '3.10' }, 'CRIU 3.16 or newer is required'],
  ] as const)('leaves nothing if CRIU %s', async (_, env, words) => {
    const fake = fakeCriu();
    emptyImage(fake);
    const [bundle, id] = [makeBundle(), newId()];
    const error = fail(await fake.call(['restore', '--detach', '--image-path', fake.image, '--bundle', bundle.directory, id], env));
    expect(error).toContain(words);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });

  test.each([
    [{ place: '/etc/passwd' }, 'no such mask or device'],
    [{ place: '/tmp/data/x', destination: '/tmp/data', rest: '/../../etc' }, 'nothing is mounted on'],
  ])('mounts nothing of the host that an image names: %j', async (mount, words) => {
    const fake = fakeCriu();
    emptyImage(fake, { descriptors: [], externalMounts: [mount] });
    const source = newDirectory();
    const id = newId();
    const bundle = makeBundle({ config: (config) => config.mounts.push({ destination: '/tmp/data', source, options: ['rbind'] }) });
    const error = fail(await fake.call(['restore', '--detach', '--image-path', fake.image, '--bundle', bundle.directory, id]));
    expect(error).toContain(words);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });

  test('leaves nothing if a hook fails', async () => {
    const fake = fakeCriu();
    emptyImage(fake);
    const [bundle, id] = [makeBundle(), newId()];
    Object.assign(bundle.config, { hooks: { prestart: [{ path: '/bin/false' }] } });
    bundle.save();
    const error = fail(await fake.call(['restore', '--detach', '--image-path', fake.image, '--bundle', bundle.directory, id]));
    expect(error).toContain('error running prestart hook #0');
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });

  test('refuses a directory that is no image, and a bind mount that config.json does not have', async () => {
    const fake = fakeCriu();
    const bundle = makeBundle();
    const call = (): Promise<Outcome> =>
      fake.call(['restore', '--detach', '--image-path', fake.image, '--bundle', bundle.directory, newId()]);
    mkdirSync(fake.image);
    expect(fail(await call())).toContain('the image has no valid "descriptors.json"');
    writeFileSync(`${fake.image}/tsrun.json`, '{"descriptors": [], "externalMounts": [{"place": "/a", "destination": "/a"}]}');
    expect(fail(await call())).toContain('restore mount on "/a": config.json has no bind mount with this destination');
    expect(readdirSync(stateRoot)).toEqual([]);
  });

  test.each([
    ['inherit_fd', { descriptors: ['x'.repeat(1 << 20), '', ''], externalMounts: [] }, 'the image is damaged'],
    [
      'ext_mnt',
      { descriptors: [], externalMounts: [{ place: `/tmp/data${'/x'.repeat(1 << 19)}`, destination: '/tmp/data' }] },
      'too many bind mounts',
    ],
  ])('names the part of a request that is too long for a message: %s', async (part, saved, hint) => {
    const fake = fakeCriu();
    emptyImage(fake, saved);
    const source = newDirectory();
    const id = newId();
    const bundle = makeBundle({ config: (config) => config.mounts.push({ destination: '/tmp/data', source, options: ['rbind'] }) });
    const error = fail(await fake.call(['restore', '--detach', '--image-path', fake.image, '--bundle', bundle.directory, id]));
    expect(error).toContain(`restore container "${id}": the request to CRIU is too long, `);
    expect(error).toContain(`most of them for "${part}": message too long (EMSGSIZE)`);
    expect(error).toContain(hint);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });

  test('honours org.criu.config only if the caller allows it', async () => {
    const fake = fakeCriu();
    emptyImage(fake);
    const bundle = makeBundle({ config: (config) => Object.assign(config, { annotations: { 'org.criu.config': '/etc/mine' } }) });
    const args = ['restore', '--detach', '--image-path', fake.image, '--bundle', bundle.directory];
    expect(fail(await fake.call([...args, newId()]))).toContain('annotation "org.criu.config"');
    const id = newId();
    succeed(await fake.call(['--allow-annotation', 'org.criu.config', ...args, id]));
    expect(fake.options('restore').config_file).toBe('/etc/mine');
    succeed(await runtime(['delete', '--force', id]));
  });
});

/** tsrun looks there even if PATH does not name them. */
const hasCriu = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((directory) =>
  existsSync(`${directory}/criu`),
);

test.runIf(can.tsrun && !hasCriu)('a missing CRIU is an error that names the version', async () => {
  const { id } = await running();
  const path = newDirectory();
  const env = { PATH: `${path}:/usr/bin:/bin` };
  expect(fail(await runtime(['checkpoint', '--image-path', `${path}/image`, id], { env }))).toContain(
    'CRIU 3.16 or newer is required: criu is not installed',
  );
  expect((await stateOf(id)).status).toBe('running');
});
