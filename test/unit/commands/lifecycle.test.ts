import { describe, expect, test } from 'vitest';
import { commandHost, silent } from './host.js';

/** A host with the containers `web`, which runs, and `made`, which was created. */
async function populated(options: Parameters<typeof commandHost>[0] = {}) {
  const host = commandHost(options);
  expect(await host.tsrun('run', '--detach', '--bundle', '/bundle', 'web')).toEqual(silent);
  expect(await host.tsrun('create', '--bundle', '/bundle', 'made')).toEqual(silent);
  return host;
}

const status = async (host: Awaited<ReturnType<typeof populated>>, id: string): Promise<unknown> =>
  (JSON.parse((await host.tsrun('state', id)).stdout) as { status: unknown }).status;

describe('state', () => {
  test('prints the document of the specification, indented as in runc', async () => {
    const { tsrun, machine } = await populated();
    const { code, stdout, stderr } = await tsrun('state', 'web');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^{\n {2}"ociVersion": "1\.2\.1",\n {2}"id": "web",\n/);
    expect(stdout.endsWith('}\n')).toBe(true);
    const state = JSON.parse(stdout) as { pid: number };
    expect(state).toMatchObject({ status: 'running', bundle: '/bundle', rootfs: '/bundle/rootfs', owner: 'root' });
    expect(machine.processes.find(state.pid).name).toContain('tsrun-init');
  });
});

describe('the id of a container', () => {
  test.each([
    ['state', 'absent'],
    ['start', 'absent'],
    ['kill', 'absent'],
    ['pause', 'absent'],
    ['resume', 'absent'],
    ['ps', 'absent'],
    ['delete', 'absent'],
  ])('%s of one that nobody has exits with 1 and the words that engines look for', async (verb, id) => {
    const { tsrun, left } = commandHost();
    const { code, stdout, stderr } = await tsrun(verb, id);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^tsrun: container does not exist/);
    expect(left()).toEqual([]);
  });

  test.each(['start', 'state', 'kill', 'delete'])('%s refuses what is none', async (verb) => {
    const { tsrun } = commandHost();
    expect(await tsrun(verb, '../web')).toMatchObject({ code: 1, stderr: expect.stringContaining('invalid container ID') as string });
    expect(await tsrun(verb, '')).toMatchObject({ code: 1, stderr: expect.stringContaining('container id cannot be empty') as string });
  });
});

describe('start', () => {
  test('executes the process of a created container, once', async () => {
    const host = await populated();
    expect(await host.tsrun('start', 'made')).toEqual(silent);
    expect(await status(host, 'made')).toBe('running');
    const { code, stderr } = await host.tsrun('start', 'made');
    expect(code).toBe(1);
    expect(stderr).toContain('cannot start an already running container');
  });

  test('of a stopped container fails', async () => {
    const host = await populated();
    await host.tsrun('kill', 'made', 'KILL');
    expect(await host.tsrun('start', 'made')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot start a container that has stopped') as string,
    });
  });
});

describe('create', () => {
  test('of an id in use fails, and leaves its container alone', async () => {
    const host = await populated();
    const { code, stderr } = await host.tsrun('create', '--bundle', '/bundle', 'web');
    expect(code).toBe(1);
    expect(stderr).toContain('container with given ID already exists');
    expect(await status(host, 'web')).toBe('running');
  });

  test('writes the process id without a newline', async () => {
    const { tsrun, file } = commandHost();
    expect(await tsrun('create', '-b', '/bundle', '--pid-file', '/work/pid', 'web')).toEqual(silent);
    const { pid } = JSON.parse((await tsrun('state', 'web')).stdout) as { pid: number };
    expect(file('/work/pid')).toBe(String(pid));
  });

  test.each([
    [['--config', 'other.json'], '/bundle/other.json'],
    [['--config', '/elsewhere/config.json'], '/elsewhere/config.json'],
    [['--overlay=upper'], undefined],
    [['--overlay=memory'], undefined],
  ])('takes %j', async (words, config) => {
    const host = commandHost({ files: { '/work/upper': null } });
    if (config !== undefined) host.machine.tree.plant(config, host.file('/bundle/config.json').replace('"1.2.1"', '"1.0.2"'));
    expect(await host.tsrun('create', '-b', '/bundle', ...words, 'web')).toEqual(silent);
    const { ociVersion } = JSON.parse((await host.tsrun('state', 'web')).stdout) as { ociVersion: string };
    expect(ociVersion).toBe(config === undefined ? '1.2.1' : '1.0.2');
  });

  test('names the annotation that the host does not allow, unless the environment allows it', async () => {
    const config = { top: { annotations: { 'org.tsrun.overlay': '/work/upper' } } };
    const plan = async (environment: readonly string[]) => {
      const { tsrun } = commandHost({ config, environment, files: { '/work/upper': null } });
      return (await tsrun('plan', '-b', '/bundle')).stdout.includes('/work/upper');
    };
    expect(await plan(['PATH=/usr/bin'])).toBe(false);
    expect(await plan(['PATH=/usr/bin', 'TSRUN_ALLOW_ANNOTATIONS=a.b, org.tsrun.overlay'])).toBe(true);
  });

  test('warns of what is configured and not done, and creates the container', async () => {
    const { tsrun } = commandHost({ config: { process: { capabilities: { bounding: ['CAP_NOTHING'] } } } });
    const { code, stderr } = await tsrun('create', '-b', '/bundle', 'web');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^time="[^"]+" level=warning msg="ignoring unknown capability \\"CAP_NOTHING\\""\n$/);
  });
});

describe('run', () => {
  test.each([
    [{ code: 3, signal: 0 }, 3],
    [{ code: -1, signal: 9 }, 137],
  ])('exits as its process does: %j gives %i, and nothing is left', async (exit, code) => {
    const { tsrun, left } = commandHost({ exit });
    expect(await tsrun('run', '-b', '/bundle', 'web')).toEqual({ code, stdout: '', stderr: '' });
    expect(left()).toEqual([]);
  });

  test('with --keep leaves the stopped container', async () => {
    const { tsrun, left } = commandHost({ exit: { code: 0, signal: 0 } });
    expect(await tsrun('run', '--keep', '-b', '/bundle', 'web')).toEqual(silent);
    expect(JSON.parse((await tsrun('state', 'web')).stdout)).toMatchObject({ status: 'stopped', pid: 0 });
    expect(await tsrun('delete', 'web')).toEqual(silent);
    expect(left()).toEqual([]);
  });
});

describe('kill', () => {
  test('sends SIGTERM, or the signal that is named', async () => {
    const host = await populated();
    expect(await host.tsrun('kill', 'web', '0')).toEqual(silent);
    expect(await status(host, 'web')).toBe('running');
    expect(await host.tsrun('kill', 'web')).toEqual(silent);
    expect(await status(host, 'web')).toBe('stopped');
    expect(await host.tsrun('kill', '--all', 'made', 'SIGKILL')).toEqual(silent);
    expect(await status(host, 'made')).toBe('stopped');
  });

  test('of a stopped container has the words that engines look for', async () => {
    const host = await populated();
    await host.tsrun('kill', 'web', '9');
    expect(await host.tsrun('kill', 'web', '9')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^tsrun: container not running/) as string,
    });
  });

  test('refuses an unknown signal, and sends none', async () => {
    const host = await populated();
    const { code, stderr } = await host.tsrun('kill', 'web', 'NOTHING');
    expect(code).toBe(1);
    expect(stderr).toBe('tsrun: unknown signal "NOTHING" (hint: pass a number from 1 to 64, or a name such as SIGTERM or TERM)\n');
    expect(await status(host, 'web')).toBe('running');
  });
});

describe('pause and resume', () => {
  test('freeze and thaw, and refuse what is not in the right state', async () => {
    const host = await populated();
    expect(await host.tsrun('resume', 'web')).toMatchObject({ code: 1, stderr: expect.stringContaining('not paused') as string });
    expect(await host.tsrun('pause', 'web')).toEqual(silent);
    expect(await status(host, 'web')).toBe('paused');
    expect(await host.tsrun('pause', 'web')).toMatchObject({ code: 1, stderr: expect.stringContaining('container not running') as string });
    expect(await host.tsrun('resume', 'web')).toEqual(silent);
    expect(await status(host, 'web')).toBe('running');
  });
});

describe('list', () => {
  test('prints a table, ids, or JSON', async () => {
    const { tsrun } = await populated();
    const { stdout } = await tsrun('list');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^ID +PID +STATUS +BUNDLE +CREATED +OWNER$/);
    expect(rows).toEqual([
      expect.stringMatching(/^made +\d+ +created +\/bundle +\S+Z +root$/) as string,
      expect.stringMatching(/^web +\d+ +running +\/bundle +\S+Z +root$/) as string,
    ]);
    expect((await tsrun('list', '--quiet')).stdout).toBe('made\nweb\n');
    expect(JSON.parse((await tsrun('list', '-f', 'json')).stdout)).toMatchObject([
      { id: 'made', status: 'created' },
      { id: 'web', status: 'running' },
    ]);
  });

  test('of a root without containers is empty, and makes no root', async () => {
    const { tsrun, machine } = commandHost();
    expect((await tsrun('--root', '/work/state', 'list', '-q')).stdout).toBe('');
    expect((await tsrun('--root', '/work/state', 'list', '--format=json')).stdout).toBe('[]\n');
    expect(machine.tree.find('/work/state')).toBeNull();
  });

  test('warns of a damaged container, which delete --force removes', async () => {
    const { tsrun, machine, left } = commandHost();
    await tsrun('run', '-d', '-b', '/bundle', 'web');
    machine.tree.need('/run/tsrun/web/state.json', 'write').text = '{';
    const listed = await tsrun('list', '-q');
    expect([listed.code, listed.stdout]).toEqual([0, '']);
    expect(listed.stderr).toMatch(/level=warning msg="read state \\"\/run\/tsrun\/web\/state\.json\\": damaged: /);
    expect(await tsrun('state', 'web')).toMatchObject({ code: 1, stderr: expect.stringContaining('tsrun delete --force web') as string });
    expect(await tsrun('delete', 'web')).toMatchObject({ code: 1 });
    expect(await tsrun('delete', '--force', 'web')).toEqual(silent);
    expect(left()).toEqual([]);
  });
});

describe('delete', () => {
  test('removes a created or stopped container, a running one with --force only', async () => {
    const host = commandHost();
    await host.tsrun('create', '-b', '/bundle', 'made');
    await host.tsrun('run', '-d', '-b', '/bundle', 'web');
    expect(await host.tsrun('delete', 'made')).toEqual(silent);
    const refused = await host.tsrun('delete', 'web');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('cannot delete container web that is not stopped: running');
    expect(await host.tsrun('delete', '--force', 'web')).toEqual(silent);
    expect(host.left()).toEqual([]);
  });

  test('--force of an id that nobody has succeeds', async () => {
    const { tsrun } = commandHost();
    expect(await tsrun('delete', '-f', 'absent')).toEqual(silent);
  });

  test('--regex deletes every container whose id it matches, anywhere in it', async () => {
    const host = commandHost();
    for (const id of ['pod-1', 'pod-2', 'my-pod', 'web']) await host.tsrun('create', '-b', '/bundle', id);
    expect(await host.tsrun('delete', '--regex', '^pod-')).toEqual(silent);
    expect((await host.tsrun('list', '-q')).stdout).toBe('my-pod\nweb\n');
    expect(await host.tsrun('delete', '--regex', 'pod')).toEqual(silent);
    expect(await host.tsrun('delete', '--regex', 'nothing')).toEqual(silent);
    expect((await host.tsrun('list', '-q')).stdout).toBe('web\n');
  });

  test('--regex deletes the others if one is refused, and reports that one', async () => {
    const host = commandHost();
    await host.tsrun('run', '-d', '-b', '/bundle', 'pod-1');
    await host.tsrun('create', '-b', '/bundle', 'pod-2');
    const { code, stderr } = await host.tsrun('delete', '--regex', 'pod');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^tsrun: cannot delete container pod-1 that is not stopped: running/)]);
    expect((await host.tsrun('list', '-q')).stdout).toBe('pod-1\n');
  });

  test('--regex with --force deletes damaged and half-created containers, and without it reports them', async () => {
    const host = commandHost();
    for (const id of ['pod-1', 'pod-2', 'pod-3']) await host.tsrun('create', '-b', '/bundle', id);
    host.machine.tree.need('/run/tsrun/pod-1/state.json', 'write').text = '{';
    host.machine.tree.need('/run/tsrun/pod-2', 'write').entries.delete('state.json');
    const { code, stderr } = await host.tsrun('delete', '--regex', 'pod-[12]');
    expect([code, stderr]).toEqual([1, expect.stringContaining('read state "/run/tsrun/pod-1/state.json": damaged: ')]);
    expect(await host.tsrun('delete', '--force', '--regex', 'pod')).toEqual(silent);
    expect(host.left()).toEqual([]);
  });

  test('rejects an invalid --regex and deletes nothing', async () => {
    const host = commandHost();
    await host.tsrun('create', '-b', '/bundle', 'web');
    const { code, stderr } = await host.tsrun('delete', '--force', '--regex', 'we[b');
    expect(code).toBe(1);
    expect(stderr).toContain('invalid regular expression "we[b": ');
    expect((await host.tsrun('list', '-q')).stdout).toBe('web\n');
  });

  test('warns of a poststop hook that fails, and deletes all the same', async () => {
    const { tsrun, left } = commandHost({
      config: { top: { hooks: { poststop: [{ path: '/hook' }] } } },
      programs: { '/hook': { code: 3 } },
    });
    await tsrun('create', '-b', '/bundle', 'web');
    const { code, stderr } = await tsrun('delete', 'web');
    expect(code).toBe(0);
    expect(stderr).toMatch(/level=warning msg=.*exit status 3/);
    expect(left()).toEqual([]);
  });
});
