/** Requests and calls that mean harm, or that come at the wrong moment. */
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { encodeFrame } from '../../../src/shim/ttrpc/frame.js';
import {
  afterTest,
  Client,
  containersRoot,
  createIn,
  createTask,
  deleteCall,
  describe,
  encode,
  expect,
  gone,
  makeBundle,
  messages,
  namespace,
  newDirectory,
  newId,
  newPath,
  program,
  start,
  startCall,
  startShim,
  test,
  until,
  useSockets,
} from '../harness/shim.js';

const SIGKILL = 9;
const mountinfo = (): string => readFileSync('/proc/self/mountinfo', 'utf8');
const residentOf = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

describe('a name', () => {
  test('that leads elsewhere, or is too long, is no container, and nothing is created', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const shim = await startShim(options);
    const source = newPath();
    execFileSync('mv', [`${options.bundle.directory}/rootfs`, source]);
    const before = readdirSync(options.bundle.directory);
    for (const id of ['../x', 'a/b', '..', '', 'x'.repeat(2000), 'a\0b', 'a\nb']) {
      const create = createIn(shim, { ...options, id }, { rootfs: [{ type: 'bind', source, options: ['rbind'] }] });
      await expect(create).rejects.toMatchObject({ code: 3 });
    }
    expect(readdirSync(options.bundle.directory)).toEqual(before);
    expect(mountinfo()).not.toContain(options.bundle.directory);
  });

  test('of a bundle is a clean path from the root', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const shim = await startShim(options);
    for (const bundle of ['', 'relative', '/tmp/../etc', '/', '/a/./b'])
      await expect(createIn(shim, options, { bundle })).rejects.toMatchObject({ code: 3 });
    expect(existsSync('/rootfs')).toBe(false);
  });

  test('of an exec may have any characters, but is not empty', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    await expect(task.exec('', ['true'])).rejects.toMatchObject({ code: 3 });
    for (const id of ['../../x', '__proto__', 'a/b', ' ']) {
      await task.exec(id, ['true']);
      await task.start(id);
      expect(await task.wait(id)).toMatchObject({ exit_status: 0 });
      await task.delete(id);
      await expect(task.state(id)).rejects.toMatchObject({ code: 5 });
    }
  });

  test.each([
    ['-namespace', '../x', '-id', 'x'],
    ['-namespace', 'x', '-id', '../x'],
    ['-namespace', '', '-id', 'x'],
  ])('as in %s %j %s %j is refused by start and delete', async (...flags) => {
    for (const action of ['start', 'delete']) {
      const { code, stdout, stderr } = await start([program, ...flags, '-address', '/a', '-bundle', '/', action], { cwd: newDirectory() })
        .done;
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/shim (id|namespace) (".*" has characters|cannot be empty)/);
    }
  });
});

describe('a mount of the root file system', () => {
  test('whose target leads out of it by a link of the image stays in it', async () => {
    const bundle = makeBundle({ script: 'cat /secrets/file' });
    const [source, secrets, outside] = [newPath(), newDirectory(), newDirectory()];
    execFileSync('mv', [`${bundle.directory}/rootfs`, source]);
    writeFileSync(`${secrets}/file`, 'x');
    mkdirSync(`${source}/secrets`);
    mkdirSync(`${source}${outside}`, { recursive: true });
    symlinkSync(outside, `${source}/link`);
    const root = { type: 'bind', source, options: ['rbind'] };
    const options = { id: newId(), bundle };
    const shim = await startShim(options);
    for (const target of ['link', `../../../../../../../../../../..${outside}`]) {
      const task = await createIn(shim, options, {
        rootfs: [root, { type: 'bind', source: secrets, target, options: ['bind', 'ro'] }],
      });
      expect(readdirSync(outside)).toEqual([]);
      expect(readdirSync(`${bundle.directory}/rootfs${outside}`)).toEqual(['file']);
      await task.delete();
      expect(mountinfo()).not.toContain(bundle.directory);
    }
    const alone = createIn(shim, options, { rootfs: [{ type: 'bind', source: secrets, target: 'secrets', options: ['bind'] }] });
    await expect(alone).rejects.toMatchObject({ message: expect.stringContaining('nothing is mounted on its root') });
    const task = await createIn(shim, options, {
      rootfs: [root, { type: 'bind', source: secrets, target: 'secrets', options: ['bind', 'ro'] }],
    });
    await task.start();
    expect(await task.wait()).toMatchObject({ exit_status: 0 });
    await task.delete();
  });

  test("is not looked for behind a link that replaced the bundle's directory", async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const [source, bystander] = [newPath(), newDirectory()];
    execFileSync('mv', [`${options.bundle.directory}/rootfs`, source]);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', bystander]);
    afterTest(() => execFileSync('umount', [bystander]));
    const task = await createTask(options, { rootfs: [{ type: 'bind', source, options: ['rbind'] }] });
    execFileSync('umount', ['--lazy', `${options.bundle.directory}/rootfs`]);
    execFileSync('rmdir', [`${options.bundle.directory}/rootfs`]);
    symlinkSync(bystander, `${options.bundle.directory}/rootfs`);
    await task.delete();
    expect((await deleteCall(options)).code).toBe(0);
    expect(mountinfo()).toContain(bystander);
  });
});

describe('a client', () => {
  test('of another namespace is refused', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    const answer = (value: string) => {
      const payload = encode(messages.request, {
        service: 'containerd.task.v3.Task',
        method: 'State',
        payload: encode(messages.processRequest, { id: task.id }),
        metadata: [{ key: 'containerd-namespace-ttrpc', value }],
      });
      return task.client.raw(encodeFrame({ stream: 1001, type: 1, payload }), 1001);
    };
    expect((await answer('other')).status).toMatchObject({ code: 3, message: expect.stringContaining('namespace other') });
    expect((await answer(namespace)).status?.code ?? 0).toBe(0);
  });

  test('that announces large messages and sends none costs nothing', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    const before = residentOf(task.pid);
    const clients = Array.from({ length: 50 }, () => new Client(task.path));
    const header = encodeFrame({ stream: 1, type: 1, payload: new Uint8Array(1) }).subarray(0, 11);
    new DataView(header.buffer).setUint32(0, 4 << 20);
    for (const { socket } of clients) socket.write(header);
    await until('all are connected', () => readdirSync(`/proc/${task.pid}/fd`).length > 50);
    await task.state();
    expect(residentOf(task.pid) - before).toBeLessThan(8_000);
    for (const client of clients) client.close();
  });

  test('that asks for a service with a long name gets a short answer', async () => {
    const { client } = await startShim({ id: newId(), bundle: makeBundle() });
    const { status } = await client.request('State', new Uint8Array(0), '\u0001'.repeat(1 << 20));
    expect(status?.code).toBe(12);
    expect(status?.message?.length).toBeLessThan(20_000);
  });

  test.each(['[', '{"a":'])('that sends a document of a million %s is told so', async (text) => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    const spec = { type_url: 'p', value: text.repeat(1_000_000 / text.length) };
    await expect(task.exec('deep', [], { spec })).rejects.toMatchObject({ code: 2 });
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
  });
});

describe('a creation', () => {
  const slow = () =>
    makeBundle({ config: (config) => (config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'sleep 1'] }] }) });
  /** The shim's children are the container's init, and then the hook. */
  const hookOf = (pid: number): Promise<true> =>
    until('the hook runs', () => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').length === 2);

  test('that is given up by Delete and Shutdown leaves nothing, and the shim ends', async () => {
    const options = { id: newId(), bundle: slow() };
    const shim = await startShim(options);
    const creating = createIn(shim, options);
    await hookOf(shim.pid);
    const deleted = shim.client.call('Delete', messages.processRequest, { id: options.id }, messages.deleteResponse);
    await shim.client.call('Shutdown', messages.containerRequest, { id: options.id }, messages.empty);
    await creating;
    expect(await deleted).toMatchObject({ exit_status: 137 });
    await gone(shim.pid);
    expect(existsSync(`${containersRoot}/${options.id}`)).toBe(false);
  });

  test('is ended by Kill as soon as there is a process', async () => {
    const options = { id: newId(), bundle: slow() };
    const shim = await startShim(options);
    const creating = createIn(shim, options);
    await hookOf(shim.pid);
    await shim.client.call('Kill', messages.killRequest, { id: options.id, signal: SIGKILL }, messages.empty);
    expect(await (await creating).wait()).toMatchObject({ exit_status: 137 });
    await (await creating).delete();
  });

  test('is waited for by the call delete, which removes it, although its shim lives', async () => {
    const options = { id: newId(), bundle: slow() };
    const shim = await startShim(options);
    const creating = createIn(shim, options);
    await hookOf(shim.pid);
    expect(await deleteCall(options)).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(`${containersRoot}/${options.id}`)).toBe(false);
    const task = await creating;
    expect(await task.wait()).toMatchObject({ exit_status: 137 });
    await task.delete();
  });
});

/** Fills a FIFO. */
function fill(fd: number): void {
  for (let open = true; open;) {
    try {
      writeSync(fd, '\n');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      open = false;
    }
  }
}

describe('when containerd is away', () => {
  test('the shim does not wait for a reader of its log', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const log = `${options.bundle.directory}/log`;
    execFileSync('mkfifo', [log]);
    const task = await createTask(options);
    await task.start();
    const complain = async (): Promise<void> => {
      process.kill(task.pid, 'SIGTERM');
      expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
    };
    // Nobody reads; then somebody does; then that one has gone; then one that does not read any more.
    await complain();
    const reader = openSync(log, constants.O_RDONLY | constants.O_NONBLOCK);
    await complain();
    const line = Buffer.alloc(4096);
    expect(line.toString('utf8', 0, readSync(reader, line))).toContain('SIGTERM is ignored');
    closeSync(reader);
    await complain();
    await complain();
    const deaf = openSync(log, constants.O_RDWR | constants.O_NONBLOCK);
    fill(deaf);
    await complain();
    closeSync(deaf);
    await complain();
  });
});

describe('the socket', () => {
  test('has one server if many start at once, in the place of a killed one', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const first = await startShim(options);
    for (let round = 0; round < 2; round++) {
      const server = round === 0 ? first : await startShim(options);
      process.kill(server.pid, 'SIGKILL');
      await gone(server.pid);
      const calls = await Promise.all(Array.from({ length: 12 }, () => startCall(options)));
      expect(calls.map(({ code }) => code)).toEqual(calls.map(() => 0));
      const servers = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(program) && line.includes(options.id));
      expect(servers).toHaveLength(1);
    }
    await startShim(options);
  });

  test('of a killed shim is removed by delete, and that of a living one is not', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const { path, pid } = await startShim(options);
    expect((await deleteCall(options)).code).toBe(0);
    expect(existsSync(path)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    expect((await deleteCall(options)).code).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test('is not bound in a directory of somebody else, or behind a link', async () => {
    const [foreign, link] = [newDirectory(), newPath('.link')];
    chownSync(foreign, 1000, 1000);
    symlinkSync(newDirectory(), link);
    for (const directory of [foreign, link]) {
      const { code, stdout, stderr } = await useSockets(directory, () => startCall({ id: newId(), bundle: makeBundle() }));
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`use directory of sockets "${directory}"`);
    }
  });
});
