import { describe, expect, test } from 'vitest';
import { stateOf } from '../../../../src/container/state/index.js';
import type { RuntimeError } from '../../../../src/errors/runtime_error.js';
import { hostWith, root, type HostOptions } from '../../machine/host.js';
import type { Machine } from '../../machine/machine.js';
import { difference, snapshot } from '../../machine/failure/residue.js';
import { call } from '../../machine/verbs.js';
import { fakeCriu, files } from './fake_criu.js';

const web = { root, id: 'web' };

function host(options: HostOptions = {}): Machine {
  return hostWith({ ...options, files: { ...files, ...options.files } });
}

async function running(options: HostOptions = {}): Promise<Machine> {
  const machine = host(options);
  await call('create', '--bundle', '/bundle', 'web');
  await call('start', 'web');
  machine.nextProgram();
  return machine;
}

async function failureOf(acting: Promise<unknown>): Promise<RuntimeError> {
  return acting.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as RuntimeError,
  );
}

const checkpoint = (...flags: readonly string[]): Promise<number> => call('checkpoint', '--image-path', '/work/image', ...flags, 'web');
const restore = (...flags: readonly string[]): Promise<number> =>
  call('restore', '--detach', '--image-path', '/work/image', '--bundle', '/bundle', ...flags, 'web');

describe('checkpoint', () => {
  test('saves the container and removes it, with its process and cgroup', async () => {
    const machine = host();
    const before = snapshot(machine);
    await call('create', '--bundle', '/bundle', 'web');
    await call('start', 'web');
    machine.nextProgram();
    const { pid } = stateOf(web);
    const requests = fakeCriu(machine, { mounts: '1 0 8:1 / / rw - ext4 a rw\n2 1 0:5 /null /dev/null rw - devtmpfs b rw\n' });
    expect(await checkpoint()).toBe(0);
    expect(requests.at(-1)?.opts).toMatchObject({
      pid,
      freeze_cgroup: '/sys/fs/cgroup/tsrun-web',
      external: [],
      ext_mnt: [{ key: '/dev/null', val: '/dev/null' }],
      manage_cgroups_mode: 3,
      config_file: '/etc/criu/runc.conf',
    });
    expect(JSON.parse(machine.tree.find('/work/image/descriptors.json')?.text ?? '')).toEqual(['/dev/null', 'pipe:[7]', '/dev/null']);
    const left = difference(before, snapshot(machine)).filter((line) => !line.includes('/work/image'));
    expect(left).toEqual([]);
  });

  test('saves what an overlay with its upper layer in memory has and its lower layers have not', async () => {
    const machine = host();
    await call('create', '--overlay', '--bundle', '/bundle', 'web');
    await call('start', 'web');
    machine.nextProgram();
    const cloned: string[] = [];
    const copied: (readonly [number, boolean])[] = [];
    fakeCriu(machine, {
      mounts: '20 1 0:40 / / rw - overlay overlay rw\n',
      calls: {
        cloneMount: ({ path }) => {
          cloned.push(path);
          return machine.sys.open({ path: '/bundle/rootfs', flags: 0 });
        },
        openProcess: () => machine.sys.open({ path: '/bundle/rootfs', flags: 0 }),
        copyChanges: ({ lowers, userAttributes }) => {
          copied.push([lowers.length, userAttributes]);
          return Promise.resolve();
        },
      },
    });
    expect(await checkpoint('--leave-running')).toBe(0);
    expect(cloned).toEqual(['/', '/bundle/rootfs']);
    expect(copied).toEqual([[1, false]]);
    expect(machine.descriptors.list()).toEqual([]);
  });

  test('refuses an upper layer in memory if the init has another root directory, and leaves it running', async () => {
    const machine = host();
    await call('create', '--overlay', '--bundle', '/bundle', 'web');
    await call('start', 'web');
    machine.nextProgram();
    fakeCriu(machine, { mounts: '20 1 0:40 / / rw - tmpfs mine rw\n' });
    const error = await failureOf(checkpoint('--leave-running'));
    expect(error.message).toBe('checkpoint container "web": the root directory of its init is not its overlay');
    expect(machine.tree.find('/work/image/overlay')).toBeNull();
    expect(stateOf(web).status).toBe('running');
  });

  test('saves the upper layer of an overlay when the processes are frozen', async () => {
    const machine = host({ files: { '/layer/upper/made': '' } });
    await call('create', '--overlay=/layer', '--bundle', '/bundle', 'web');
    await call('start', 'web');
    machine.nextProgram();
    fakeCriu(machine);
    expect(await checkpoint('--leave-running')).toBe(0);
    expect(machine.tree.find('/work/image/overlay/upper/made')?.kind).toBe('file');
    expect(JSON.parse(machine.tree.find('/work/image/tsrun.json')?.text ?? '')).toMatchObject({ layer: true });
  });

  test('that cannot save the upper layer fails, and leaves nothing of it', async () => {
    const machine = host({ files: { '/layer/upper/made': '' } });
    await call('create', '--overlay=/layer', '--bundle', '/bundle', 'web');
    await call('start', 'web');
    machine.nextProgram();
    const full = Object.assign(new Error('full'), { name: 'SystemError', code: 'ENOSPC', errno: 28, call: 'write', subject: 'made' });
    fakeCriu(machine, {
      calls: {
        copyTree: () => Promise.reject(full),
      },
    });
    await failureOf(checkpoint('--leave-running'));
    expect(machine.tree.find('/work/image/overlay')).toBeNull();
    expect(stateOf(web).status).toBe('running');
  });

  test.each([
    [
      ['--leave-running', '--parent-path', '.', '--page-server', '10.0.0.1:80'],
      { leave_running: true, parent_img: '.', ps: { address: '10.0.0.1', port: 80 } },
    ],
    [['--pre-dump', '--lazy-pages', '--status-fd', '1', '--work-path', '/work/new'], { track_mem: true, lazy_pages: true }],
    [
      ['--leave-running', '--empty-ns', 'network', '--network-lock', 'skip', '--manage-cgroups-mode', 'ignore'],
      { empty_ns: 0x40000000, network_lock: 3, manage_cgroups_mode: 0 },
    ],
  ])('with %s leaves the container running', async (flags, options) => {
    const machine = await running();
    const requests = fakeCriu(machine);
    expect(await checkpoint(...flags)).toBe(0);
    expect(stateOf(web).status).toBe('running');
    expect(requests.at(-1)?.opts).toMatchObject(options);
    expect(machine.descriptors.list()).toEqual([]);
  });

  test.each([
    [
      'fails',
      {
        log: '(0.1) Error (a.c:1): first\n(0.2) Error (a.c:2): the reason\n(0.3) Error (a.c:3): Dumping FAILED.\n(0.4) Error (c.c:4): cg: cgroupd: recv req error: No such file\n',
      },
      'CRIU failed: the reason',
    ],
    ['fails without a log', { log: '' }, 'CRIU failed: error 5'],
    ['dies', { diesAt: 'post-dump' }, 'CRIU failed: it was killed: signal: killed'],
    ['is too old', { version: [3, 15] }, 'CRIU 3.16 or newer is required: this one is 3.15'],
    ['does not tell its version', { version: null }, 'CRIU 3.16 or newer is required: this one does not tell its version'],
  ] as const)('leaves the container as it was if CRIU %s', async (_, options, words) => {
    const machine = await running();
    fakeCriu(machine, options);
    const error = await failureOf(checkpoint());
    expect(error.message).toContain(words);
    expect(error.phase).toBe('checkpoint');
    expect(stateOf(web).status).toBe('running');
    expect(machine.descriptors.list()).toEqual([]);
    expect([...machine.processes.all.values()].map(({ name }) => name)).not.toContain('criu');
  });

  test('of a paused container leaves it paused if it continues', async () => {
    const machine = await running();
    await call('pause', 'web');
    fakeCriu(machine);
    await checkpoint('--leave-running');
    expect(stateOf(web).status).toBe('paused');
  });

  test('needs what the kernel does not track', async () => {
    fakeCriu(await running(), { hasFeatures: false });
    expect((await failureOf(checkpoint('--pre-dump'))).message).toContain('not supported here: tracking of changed memory');
  });

  test('needs CRIU, and root', async () => {
    const machine = await running();
    machine.tree.detach(machine.tree.find('/usr/sbin/criu') as never);
    fakeCriu(machine);
    expect(await failureOf(checkpoint())).toMatchObject({ code: 'unsupported' });
    fakeCriu(machine, { calls: { ids: () => ({ pid: 77, uid: 1, euid: 1, egid: 1, secure: false }) } });
    expect(await failureOf(checkpoint())).toMatchObject({ code: 'permission' });
  });

  test.each([
    [['--page-server', 'nowhere'], 'usage'],
    [['--empty-ns', 'pid'], 'usage'],
    [['--status-fd', '99'], 'usage'],
    [['--network-lock', 'none'], 'usage'],
    [['--parent-path', '/first'], 'usage'],
    [['--parent-path', '../first'], 'usage'],
    [['--image-path', ''], 'usage'],
    [['--image-path', '/absent/image'], 'setup'],
  ])('refuses %s', async (flags, code) => {
    fakeCriu(await running());
    expect(await failureOf(checkpoint(...flags))).toMatchObject({ code });
  });

  test('refuses a container that does not run', async () => {
    const machine = host();
    await call('create', '--bundle', '/bundle', 'web');
    machine.nextProgram();
    fakeCriu(machine);
    expect(await failureOf(checkpoint())).toMatchObject({
      code: 'wrong-state',
      message: 'cannot checkpoint a container in the created state',
    });
    await call('delete', 'web');
  });
});

describe('restore', () => {
  /** Nobody else may enter a directory. */
  const privately = ({ sys }: Machine): Pick<Machine['sys'], 'status'> => ({
    status: (o) => {
      const status = sys.status(o);
      return status === null ? null : { ...status, mode: status.mode & 0o700 };
    },
  });
  const saved = (layer: boolean): Record<string, string> => ({
    '/work/image/tsrun.json': JSON.stringify({ descriptors: [], externalMounts: [], ...(layer ? { layer } : {}) }),
    ...(layer ? { '/work/image/overlay/upper/made': '' } : {}),
  });

  test.each([
    [false, ['--overlay=/layer'], 'the image contains no upper layer of an overlay'],
    [true, [], 'the image contains the upper layer of an overlay'],
    [true, ['--overlay=/full'], 'restore overlay in "/full": it is not empty (ENOTEMPTY)'],
  ] as const)('of an image with a layer (%s) with %s is refused, and leaves nothing', async (layer, flags, words) => {
    const machine = host({ files: { '/layer': null, '/full/mine': '', ...saved(layer) } });
    const requests = fakeCriu(machine, { calls: privately(machine) });
    const before = snapshot(machine);
    const error = await failureOf(restore(...flags));
    expect(error.message).toContain(words);
    expect(requests).toEqual([]);
    expect(difference(before, snapshot(machine))).toEqual([]);
  });

  test('unpacks the upper layer of an image, and mounts the overlay for CRIU', async () => {
    const machine = host({ files: { '/layer,1': null, ...saved(true) } });
    let mounts: readonly string[] = [];
    fakeCriu(machine, { onMounts: (made) => void (mounts = made), calls: privately(machine) });
    expect(await restore('--overlay=/layer,1')).toBe(0);
    expect(machine.tree.find('/layer,1/upper/made')?.kind).toBe('file');
    expect(mounts).toEqual([
      'overlay',
      '/run/tsrun/web/criu-root',
      'overlay',
      'lowerdir=/bundle/rootfs,upperdir=/layer\\,1/upper,workdir=/layer\\,1/work',
      '',
    ]);
  });

  test('makes a container in its own cgroup, whose process is our child until we end', async () => {
    const machine = host({ config: { top: { hooks: { prestart: [{ path: '/hook' }] } } } });
    const requests = fakeCriu(machine);
    expect(await restore('--pid-file', '/work/pid', '--lsm-profile', 'apparmor:a', '--tcp-close')).toBe(0);
    const { pid, status } = stateOf(web);
    expect(status).toBe('running');
    expect(machine.tree.find('/work/pid')?.text).toBe(String(pid));
    expect(requests.at(-1)?.opts).toMatchObject({
      root: '/run/tsrun/web/criu-root',
      rst_sibling: true,
      tcp_close: true,
      lsm_profile: 'apparmor:a',
      inherit_fd: [{ key: 'pipe:[7]', fd: 1 }],
    });
    expect(machine.tree.find('/bundle/rootfs/proc')?.kind).toBe('directory');
    expect(machine.descriptors.list().filter((line) => !line.includes('device program'))).toEqual([]);
  });

  test('in the foreground waits for its end and removes it', async () => {
    const machine = host({ exit: { code: 7, signal: 0 } });
    const before = snapshot(machine);
    fakeCriu(machine);
    expect(await call('restore', '--image-path', '/work/image', '--bundle', '/bundle', 'web')).toBe(7);
    const left = difference(before, snapshot(machine)).filter((line) => !line.includes('/bundle/rootfs'));
    expect(left).toEqual([]);
  });

  test('sends the terminal to the console socket', async () => {
    const machine = host({ config: { process: { terminal: true } }, listening: ['/run/console.sock'] });
    fakeCriu(machine);
    expect(await restore('--console-socket', '/run/console.sock', '--pidfd-socket', '/run/console.sock')).toBe(0);
    expect(machine.sent).toContain('/dev/ptmx');
  });

  test.each([
    ['CRIU fails', { log: '(0.1) Error (a.c:1): the reason\n' }, 'CRIU failed: the reason'],
    ['CRIU dies before there is a process', { diesAt: 'setup-namespaces' }, 'it was killed'],
    ['CRIU dies when there is one', { diesAt: 'post-restore' }, 'it was killed'],
  ] as const)('leaves nothing if %s', async (_, options, words) => {
    const machine = host();
    const before = snapshot(machine);
    fakeCriu(machine, options);
    expect((await failureOf(restore())).message).toContain(words);
    const left = difference(before, snapshot(machine)).filter(
      (line) => !line.includes('/bundle/rootfs') && !/restored|terminal master|\.log\b/.test(line),
    );
    expect(left).toEqual([]);
  });

  test.each([
    ['a hook', { config: { top: { hooks: { poststart: [{ path: '/bad' }] } } }, programs: { '/bad': { code: 1 } } }, [], 'hook'],
    ['a pid file', {}, ['--pidfd-socket', '/absent.sock'], 'setup'],
    [
      'a mount namespace of another',
      { config: { linux: { namespaces: [{ type: 'mount', path: '/proc/self/ns/mnt' }] } } },
      [],
      'unsupported',
    ],
  ] as const)('leaves nothing if %s cannot be', async (_, options, flags, code) => {
    const machine = host(options);
    const before = snapshot(machine);
    fakeCriu(machine);
    const error = await failureOf(restore(...flags));
    const left = difference(before, snapshot(machine)).filter((line) => !line.includes('/bundle/rootfs'));
    expect(left).toEqual([]);
    if (error.code !== 'invalid-config') expect(error.code).toBe(code);
  });
});
