/** What goes wrong around a shim, and must not go wrong in it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { encodeFrame } from '../../../src/shim/ttrpc/frame.js';
import {
  Client,
  createIn,
  createTask,
  deleteCall,
  describe,
  encode,
  expect,
  gone,
  makeBundle,
  messages,
  newId,
  newPath,
  startCall,
  startShim,
  test,
  until,
  useSockets,
} from '../harness/shim.js';

const SIGKILL = 9;

const stateOf = (client: Client, id: string) => client.call('State', messages.processRequest, { id }, messages.stateResponse);

/** docs/testing.md says how to run more. */
const execs = Number(process.env['TSRUN_TEST_EXECS'] ?? 300);

describe('a client', () => {
  test('that asks for what does not exist is told so', async () => {
    const { client } = await startShim({ id: newId(), bundle: makeBundle() });
    const answers = await Promise.all([
      client.request('State', new Uint8Array(0), 'containerd.runtime.sandbox.v1.Sandbox'),
      client.request('Sing', new Uint8Array(0)),
      client.request('toString', new Uint8Array(0)),
      client.request('State', new Uint8Array(0), 'constructor'),
    ]);
    expect(answers.map(({ status }) => status?.code)).toEqual([12, 12, 12, 12]);
    await expect(stateOf(client, 'nobody')).rejects.toMatchObject({ code: 5, message: 'container not created: not found' });
  });

  test('that sends what is no message is told so, and the next request is answered', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    const { client } = task;
    const malformed = Uint8Array.of(0x0a, 0xff, 0x01);
    expect((await client.raw(encodeFrame({ stream: 101, type: 1, payload: malformed }), 101)).status?.code).toBe(3);
    expect((await client.request('State', malformed)).status?.code).toBe(3);
    expect((await client.raw(encodeFrame({ stream: 102, type: 1, payload: new Uint8Array(0) }), 102)).status?.code).toBe(3);
    const header = encodeFrame({ stream: 103, type: 1, payload: new Uint8Array(0) });
    new DataView(header.buffer).setUint32(0, (4 << 20) + 1);
    client.socket.write(header);
    const tooLong = client.raw(new Uint8Array((4 << 20) + 1), 103);
    expect((await tooLong).status?.code).toBe(8);
    // Data for a stream that nobody opened.
    client.socket.write(encodeFrame({ stream: 105, type: 3, payload: new Uint8Array(10) }));
    expect(await task.state()).toMatchObject({ id: task.id });
  });

  test('that goes away inside a frame disturbs nobody', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    const other = new Client(task.path);
    other.socket.write(Uint8Array.of(0, 0, 1));
    other.close();
    const third = new Client(task.path);
    third.socket.write(encodeFrame({ stream: 1, type: 1, payload: new Uint8Array(100) }).subarray(0, 50));
    third.close();
    expect(await task.state()).toMatchObject({ id: task.id });
  });

  test('that never reads is not read from any more, and others are answered', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    const deaf = new Client(task.path);
    deaf.socket.pause();
    const payload = encode(messages.request, {
      service: 'containerd.task.v3.Task',
      method: 'State',
      payload: encode(messages.processRequest, { id: task.id }),
    });
    const many = Buffer.concat(Array.from({ length: 2000 }, (_, index) => encodeFrame({ stream: 2 * index + 1, type: 1, payload })));
    for (let round = 0; round < 8; round++) deaf.socket.write(many);
    for (let round = 0; round < 20; round++) expect(await task.state()).toMatchObject({ id: task.id });
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${task.pid}/status`, 'utf8'))?.[1]);
    expect(resident).toBeLessThan(40_000);
    deaf.close();
    expect(await task.state()).toMatchObject({ id: task.id });
  });

  test('and ninety-nine others are all answered', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    const clients = Array.from({ length: 100 }, () => new Client(task.path));
    const states = await Promise.all(clients.map((client) => stateOf(client, task.id)));
    expect(states.filter(({ id }) => id === task.id)).toHaveLength(100);
    for (const client of clients) client.close();
    await until('the connections are closed', () => readdirSync(`/proc/${task.pid}/fd`).length < 20);
  });
});

describe('a server with few descriptors left', () => {
  test('refuses a create and an exec with the reason, leaves nothing of them, and serves the next one with more', async () => {
    const config = (config: { annotations?: Record<string, string> }): void => {
      config.annotations = { 'io.containerd.runc.v2.group': group };
    };
    const group = newId();
    const task = await createTask({ id: newId(), bundle: makeBundle({ config }) });
    await task.start();
    const own = `/proc/${task.pid}/fd`;
    const open = readdirSync(own).length;
    const refusals: string[] = [];
    for (let more = 0; more < 3; more++) {
      execFileSync('prlimit', [`--pid=${task.pid}`, `--nofile=${open + more}:`]);
      await expect(createIn(task, { id: newId(), bundle: makeBundle({ config }) })).rejects.toThrow(/EMFILE/);
      await task.exec(`exec-${more}`, ['true']);
      await task.start(`exec-${more}`).catch((error: unknown) => refusals.push(String(error)));
      await task.delete(`exec-${more}`);
      expect(await task.state()).toMatchObject({ id: task.id, status: messages.taskStatus.running });
      expect(readdirSync(own)).toHaveLength(open);
    }
    expect(refusals.length).toBeGreaterThan(0);
    for (const refusal of refusals) expect(refusal).toMatch(/EMFILE/);
    execFileSync('prlimit', [`--pid=${task.pid}`, '--nofile=1024:']);
    const next = await createTask({ id: newId(), bundle: makeBundle({ config }) });
    await next.start();
    expect(await next.state()).toMatchObject({ status: messages.taskStatus.running });
  });
});

describe('a container', () => {
  test('whose hook takes its time delays no other request', async () => {
    const [began, go] = [newPath(), newPath()];
    const slow = {
      path: '/bin/sh',
      args: ['sh', '-c', `echo > ${began}; until [ -e ${go} ]; do sleep 0.02; done`],
      env: ['PATH=/usr/bin:/bin'],
    };
    const group = { 'io.containerd.runc.v2.group': newId() };
    const [quick, lazy] = [
      { id: newId(), bundle: makeBundle({ config: (config) => (config.annotations = group) }) },
      {
        id: newId(),
        bundle: makeBundle({
          config: (config) => {
            config.annotations = group;
            config.hooks = { createRuntime: [slow] };
          },
        }),
      },
    ];
    const task = await createTask(quick);
    const shim = await startShim(lazy);
    const creating = createIn(shim, lazy);
    await until('the hook runs', () => existsSync(began));
    // The hook ends when these are answered.
    expect(await task.state()).toMatchObject({ id: quick.id });
    // It does not exist yet, and its id is taken.
    await expect(stateOf(shim.client, lazy.id)).rejects.toMatchObject({ code: 5 });
    await expect(createIn(shim, lazy)).rejects.toMatchObject({ code: 6 });
    writeFileSync(go, '');
    await (await creating).delete();
  });

  test(`has ${execs} execs, and keeps nothing of them`, async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    const descriptors = (): number => readdirSync(`/proc/${task.pid}/fd`).length;
    const before = descriptors();
    for (let round = 0; round < execs; round += 50) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const id = `exec-${round + index}`;
          await task.exec(id, ['true']);
          const ended = task.wait(id);
          await task.start(id);
          expect(await ended).toMatchObject({ exit_status: 0 });
          await task.delete(id);
        }),
      );
    }
    await until('no more descriptors than before', () => descriptors() <= before);
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${task.pid}/status`, 'utf8'))?.[1]);
    expect(resident).toBeLessThan(20_000);
  });

  test('that is deleted by two clients at once is deleted once', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    const other = new Client(task.path);
    const both = [task.delete(), other.call('Delete', messages.processRequest, { id: task.id }, messages.deleteResponse)];
    expect(await Promise.all(both)).toMatchObject([{ exit_status: 137 }, { exit_status: 137 }]);
    await expect(task.state()).rejects.toMatchObject({ code: 5 });
    other.close();
  });

  test('cannot be created if one of its streams does not exist', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const shim = await startShim(options);
    // It has accepted the connection when it answers.
    await expect(stateOf(shim.client, options.id)).rejects.toMatchObject({ code: 5 });
    const descriptors = (): number => readdirSync(`/proc/${shim.pid}/fd`).length;
    const before = descriptors();
    const fifo = newPath('.fifo');
    execFileSync('mkfifo', [fifo]);
    for (const stdout of [newPath(), 'gopher://x', `binary://${newPath()}`, 'file:///proc/nothing/log']) {
      await expect(createIn(shim, options, { stdin: fifo, stdout })).rejects.toMatchObject({ code: 2 });
    }
    await until('no more descriptors than before', () => descriptors() <= before);
    await (await createIn(shim, options)).delete();
  });

  test('in a terminal continues if the disk of its log is full', async () => {
    const bundle = makeBundle({
      script: 'i=0; while [ $i -lt 2000 ]; do echo a line of the log; i=$((i + 1)); done; exit 5',
      config: ({ process }) => (process.terminal = true),
    });
    const task = await createTask({ id: newId(), bundle }, { terminal: true, stdout: 'file:///dev/full' });
    await task.start();
    expect(await task.wait()).toMatchObject({ exit_status: 5 });
  });

  test.each(['created', 'running', 'paused'])('that is %s when its shim is killed is removed by delete', async (when) => {
    const options = { id: newId(), bundle: makeBundle() };
    const task = await createTask(options);
    const { pid: init } = await task.state();
    if (when !== 'created') await task.start();
    if (when === 'paused') await task.client.call('Pause', messages.containerRequest, { id: task.id }, messages.empty);
    process.kill(task.pid, 'SIGKILL');
    await gone(task.pid);
    const { code, stderr } = await deleteCall(options);
    expect([code, stderr]).toEqual([0, '']);
    await gone(init);
    // And there is nothing left to delete.
    expect((await deleteCall(options)).code).toBe(0);
  });

  test('whose shim is killed at any moment of its creation is removed by delete', async () => {
    for (let delay = 0; delay < 12; delay += 1) {
      const options = { id: newId(), bundle: makeBundle() };
      const shim = await startShim(options);
      void createIn(shim, options)
        .then((task) => task.start())
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, delay));
      process.kill(shim.pid, SIGKILL);
      await gone(shim.pid);
      const { code, stderr } = await deleteCall(options);
      expect([code, stderr]).toEqual([0, '']);
    }
  });
});

describe('the directory of the sockets', () => {
  test('is refused if others may write to it', async () => {
    const directory = newPath('.open');
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    const { code, stdout, stderr } = await useSockets(directory, () => startCall({ id: newId(), bundle: makeBundle() }));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/use directory of sockets ".*\.open": operation not permitted/);
  });

  test('may have a file in the place of the socket', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const { path, pid } = await startShim(options);
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    execFileSync('rm', [path]);
    closeSync(openSync(path, 'w'));
    writeFileSync(path, 'no socket');
    expect((await startShim(options)).path).toBe(path);
  });
});
