/** The options of runc's shim. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import {
  afterTest,
  containersRoot,
  createTask,
  describe,
  encode,
  expect,
  makeBundle,
  namespace,
  messages,
  newId,
  newPath,
  olderStartCall,
  runtime,
  startCall,
  startShim,
  test,
  until,
} from '../harness/shim.js';
import { cgroup2Mount } from '../../oci/harness/index.js';

const rootOfFile = containersRoot.slice(0, containersRoot.lastIndexOf('/'));

const optionsOf = (more: Parameters<typeof encode<typeof messages.runcOptions>>[1]): { type_url: string; value: Uint8Array } => ({
  type_url: 'containerd.runc.v1.Options',
  value: encode(messages.runcOptions, { root: rootOfFile, ...more }),
});

describe('IoUid and IoGid', () => {
  const ids = { io_uid: 100_000, io_gid: 100_001 };
  const inUserNamespace = (script: string): ReturnType<typeof makeBundle> =>
    makeBundle({
      script,
      config: ({ linux }) => {
        linux.namespaces.push({ type: 'user' });
        linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 10 }];
        linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 10 }];
      },
    });

  const firstLine = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile('head', ['-n', '1', path], { timeout: 10_000 }, (error, text) => {
        if (error === null) resolve(text);
        else reject(error);
      });
    });

  /** What a process wrote when it had opened its standard output again. */
  async function written(options: ReturnType<typeof optionsOf>, execToo: boolean): Promise<readonly string[]> {
    const fifo = (): string => {
      const path = newPath('.fifo');
      execFileSync('mkfifo', ['--mode=600', path]);
      return path;
    };
    const [stdout, execOut, log] = [fifo(), fifo(), newPath()];
    const script = 'echo again > /proc/self/fd/1 || echo refused; sleep 1000';
    const task = await createTask({ id: newId(), bundle: inUserNamespace(script) }, { stdout, options });
    const texts: Promise<string>[] = [firstLine(stdout)];
    await task.start();
    if (execToo) {
      await task.exec('one', ['sh', '-c', 'echo again > /proc/self/fd/1 || echo refused'], { stdout: execOut });
      texts.push(firstLine(execOut));
      await task.start('one');
      const { uid, gid } = statSync(execOut);
      expect([uid, gid]).toEqual([100_000, 100_001]);
      await task.exec('logged', ['true'], { stdout: `file://${log}` });
      await task.start('logged');
      expect(statSync(log).gid).toBe(0);
    }
    return Promise.all(texts);
  }

  test('let the root of a user namespace open its streams again', async () => {
    expect(await written(optionsOf(ids), true)).toEqual(['again\n', 'again\n']);
  });

  test('are needed for that', async () => {
    expect(await written(optionsOf({}), false)).toEqual(['refused\n']);
  });
});

describe('ShimCgroup', () => {
  const newCgroup = (): { path: string; directory: string } => {
    const path = `/${namespace}-shim-${newId()}`;
    const directory = `${String(cgroup2Mount)}${path}`;
    mkdirSync(directory);
    afterTest(async () => {
      await until('the cgroup is empty', () => readFileSync(`${directory}/cgroup.procs`, 'utf8') === '');
      rmdirSync(directory);
    });
    return { path, directory };
  };

  test('is where the server runs, but not its container', async () => {
    const { path, directory } = newCgroup();
    const options = { id: newId(), bundle: makeBundle(), startOptions: optionsOf({ shim_cgroup: path }) };
    const task = await createTask(options);
    await task.start();
    expect(readFileSync(`${directory}/cgroup.procs`, 'utf8')).toBe(`${task.pid}\n`);
  });

  test('is in the input of start before containerd 2.3, too', async () => {
    const { path, directory } = newCgroup();
    const places = ['/run/containerd/s', '/run/containerd'].filter((place) => !existsSync(place));
    afterTest(() => places.forEach((place) => rmdirSync(place)));
    const { code, stdout } = await olderStartCall({ id: newId(), bundle: makeBundle(), startOptions: optionsOf({ shim_cgroup: path }) });
    const [, socket = ''] = /^unix:\/\/(.+)$/.exec(stdout) ?? [];
    afterTest(() => rmSync(socket, { force: true }));
    const pids = readFileSync(`${directory}/cgroup.procs`, 'utf8').trim().split('\n');
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    expect([code, existsSync(socket), pids.length]).toEqual([0, true, 1]);
  });

  test.each([
    ['/no/such/cgroup', 'enter cgroup "/no/such/cgroup": no such file or directory (ENOENT)'],
    ['/../../etc', 'enter cgroup "/../../etc": the path has ".."'],
  ])('that is %s makes start fail, and no server and no socket stay', async (path, message) => {
    const asked = { id: newId(), bundle: makeBundle(), startOptions: optionsOf({ shim_cgroup: path }) };
    const { code, stderr } = await startCall(asked);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    // So that the next start makes a server.
    await startShim({ id: asked.id, bundle: asked.bundle });
  });
});

describe('a poststop hook without an end', () => {
  test('does not hold Delete for ever', async () => {
    const pidFile = newPath();
    const bundle = makeBundle({
      config: (config) => {
        config.hooks = { poststop: [{ path: '/bin/sh', args: ['sh', '-c', `echo $$ > ${pidFile}; exec sleep 1000`] }] };
      },
    });
    const task = await createTask({ id: newId(), bundle });
    await task.start();
    await task.kill(9);
    await task.wait();
    const before = performance.now();
    const deletion = task.delete();
    await until('the hook runs', () => existsSync(pidFile));
    // Others are served meanwhile.
    expect(await task.client.call('Connect', messages.containerRequest, { id: task.id }, messages.connectResponse)).toMatchObject({
      shim_pid: task.pid,
    });
    await deletion;
    expect(performance.now() - before).toBeLessThan(40_000);
    expect(existsSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}`)).toBe(false);
    expect((await runtime(['state', task.id], { root: containersRoot })).stderr).toContain('does not exist');
  });
});
