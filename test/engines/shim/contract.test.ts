/** The contract of containerd's shims (containerd's core/runtime/v2/README.md). */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';
import {
  Client,
  containersRoot,
  afterTest,
  createIn,
  createTask,
  decode,
  deleteCall,
  describe,
  Events,
  expect,
  gone,
  isAlive,
  makeBundle,
  messages,
  newId,
  newPath,
  pause,
  program,
  runtime,
  start,
  startCall,
  startShim,
  test,
  until,
} from '../harness/shim.js';

const SIGKILL = 9;

async function listening(): Promise<Events> {
  const events = new Events();
  await events.open();
  afterTest(() => events.close());
  return events;
}

/** A FIFO that the test reads, without waiting. */
function fifo(): string {
  const path = newPath('.fifo');
  execFileSync('mkfifo', [path]);
  return path;
}

/** What is in a FIFO now. */
function contentOf(fd: number): string {
  const buffer = Buffer.alloc(1 << 17);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
    throw error;
  }
}

const O_RDONLY_NONBLOCK = 0o4000;

function reading(path: string): { readonly until: (text: string) => Promise<true>; readonly close: () => void } {
  const fd = openSync(path, O_RDONLY_NONBLOCK);
  let all = '';
  return {
    until: (text) => until(`"${text}" in ${path}: ${all}`, () => (all += contentOf(fd)).includes(text)),
    close: () => closeSync(fd),
  };
}

describe('a task', () => {
  test('is created, started, waited for and deleted, and everything about it is gone', async () => {
    const events = await listening();
    const id = newId();
    const task = await createTask({ id, bundle: makeBundle({ script: 'exit 7' }), events });
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.created, bundle: task.bundle.directory });
    const waited = task.wait();
    const pid = await task.start();
    expect(await waited).toMatchObject({ exit_status: 7 });
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.stopped, exit_status: 7, pid });
    expect(await task.delete()).toMatchObject({ pid, exit_status: 7 });
    await expect(task.state()).rejects.toMatchObject({ code: 5 });
    await task.shutdown();
    await gone(task.pid);
    expect(existsSync(task.path)).toBe(false);
    expect(events.topics(id)).toEqual(['create', 'start', 'exit', 'delete']);
  });

  test('is a container of tsrun like any other', async () => {
    const id = newId();
    const task = await createTask({ id, bundle: makeBundle() });
    await task.start();
    const { stdout } = await runtime(['list', '--format', 'json'], { root: containersRoot });
    expect(JSON.parse(stdout)).toMatchObject([{ id, status: 'running', bundle: task.bundle.directory }]);
    expect((await runtime(['exec', id, 'true'], { root: containersRoot })).code).toBe(0);
  });

  test('that cannot be created leaves nothing, and its id can be used again', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const shim = await startShim(options);
    writeFileSync(`${options.bundle.directory}/config.json`, '{"ociVersion":"1.0.0"');
    await expect(createIn(shim, options)).rejects.toMatchObject({
      code: 2,
      message: expect.stringMatching(/^OCI runtime create failed: .*config\.json/),
    });
    options.bundle.save();
    const task = await createIn(shim, options);
    await expect(createIn(shim, options)).rejects.toMatchObject({ code: 6 });
    await task.delete();
  });

  test('whose program does not exist says so in the words that engines look for', async () => {
    const failed = createTask({ id: newId(), bundle: makeBundle({ args: ['no-such-program'] }) });
    const message = expect.stringMatching(/^OCI runtime create failed: .*executable file not found in \$PATH/);
    await expect(failed).rejects.toMatchObject({ code: 2, message });
  });

  test('is told to have started before it has ended, however fast that is', async () => {
    const events = await listening();
    const options = { id: newId(), bundle: makeBundle(), events };
    const task = await createTask(options);
    await task.start();
    for (let count = 0; count < 50; count++) {
      await task.exec(`e${count}`, ['true']);
      await task.start(`e${count}`);
    }
    await until('all ends', () => events.topics(options.id).filter((topic) => topic === 'exit').length === 50);
    const seen = new Set<unknown>();
    for (const { topic, event } of events.received) {
      if (topic === '/tasks/exec-started') seen.add(event['exec_id']);
      if (topic === '/tasks/exit') expect(seen.has(event['id'])).toBe(true);
    }
  });

  test('has execs, whose ends come before its own', async () => {
    const events = await listening();
    const id = newId();
    const task = await createTask({ id, bundle: makeBundle(), events });
    await task.start();
    await task.exec('one', ['sh', '-c', 'exit 3']);
    expect(await task.state('one')).toMatchObject({ status: messages.taskStatus.created, pid: 0 });
    await task.exec('two', ['sleep', '1000']);
    await task.start('two');
    const ended = task.wait('one');
    await task.start('one');
    expect(await ended).toMatchObject({ exit_status: 3 });
    expect(await task.delete('one')).toMatchObject({ exit_status: 3 });
    await expect(task.state('one')).rejects.toMatchObject({ code: 5, message: expect.stringContaining('process does not exist one') });
    await task.kill(SIGKILL);
    expect(await task.wait()).toMatchObject({ exit_status: 137 });
    expect(await task.wait('two')).toMatchObject({ exit_status: 137 });
    await expect(task.kill(SIGKILL)).rejects.toMatchObject({ code: 5, message: 'process already finished: not found' });
    await task.delete();
    await until('all events', () => events.topics(id).includes('delete'));
    const order = events.received.map(({ topic, event }) =>
      [topic.replace('/tasks/', ''), event['exec_id'] ?? event['id'] ?? ''].join(' ').trim(),
    );
    expect(order).toEqual([
      'create',
      'start',
      'exec-added one',
      'exec-added two',
      'exec-started two',
      'exec-started one',
      'exit one',
      'exit two',
      `exit ${id}`,
      'delete',
    ]);
  });

  test('has an exec that cannot be started, which its waiters are told', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    await task.exec('bad', ['no-such-program']);
    const waited = task.wait('bad');
    await expect(task.start('bad')).rejects.toMatchObject({
      code: 2,
      message: expect.stringMatching(/^OCI runtime exec failed: .*executable file not found/),
    });
    await waited;
    await task.delete('bad');
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
  });

  test('without a pid namespace takes everything with it when it ends', async () => {
    const bundle = makeBundle({
      script: 'sleep 1000 & exit 0',
      config: ({ linux }) => (linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'pid')),
    });
    const task = await createTask({ id: newId(), bundle });
    await task.start();
    await task.wait();
    await task.delete();
  });

  test('is paused and resumed, is updated, and has processes and metrics', async () => {
    const events = await listening();
    const id = newId();
    const task = await createTask({ id, bundle: makeBundle(), events });
    const pid = await task.start();
    const call = (method: string): Promise<unknown> => task.client.call(method, messages.containerRequest, { id }, messages.empty);
    await call('Pause');
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.paused });
    await call('Resume');
    await task.exec('one', ['sleep', '1000']);
    const other = await task.start('one');
    const { processes } = await task.client.call('Pids', messages.containerRequest, { id }, messages.pidsResponse);
    expect(processes.map((process) => process.pid)).toEqual([pid, other]);
    const details = processes[1]?.info;
    expect([details?.type_url, decode(messages.processDetails, details?.value ?? new Uint8Array(0))]).toEqual([
      'containerd.runc.v1.ProcessDetails',
      { exec_id: 'one' },
    ]);
    const { stats } = await task.client.call('Stats', messages.containerRequest, { id }, messages.statsResponse);
    expect(stats?.type_url).toBe('io.containerd.cgroups.v2.Metrics');
    // What Docker sends for a new restart policy.
    await task.client.call('Update', messages.updateTaskRequest, { id, resources: { value: '{}' } }, messages.empty);
    await task.kill(SIGKILL);
    await task.wait();
    // The dead init, so that containerd does not take the shim for a leaked one when it comes back.
    const after = await task.client.call('Pids', messages.containerRequest, { id }, messages.pidsResponse);
    expect(after.processes).toMatchObject([{ pid }]);
    await until('all events', () => events.topics(id).includes('exit'));
    expect(events.topics(id)).toEqual(['create', 'start', 'paused', 'resumed', 'exec-added', 'exec-started', 'exit', 'exit']);
  });

  test('that was never started can be deleted', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    expect(await task.delete()).toMatchObject({ exit_status: 137 });
    await expect(task.delete()).rejects.toMatchObject({ code: 5, message: 'container not created: not found' });
  });

  test('that runs cannot be deleted, and Shutdown does nothing then', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    await expect(task.delete()).rejects.toMatchObject({ code: 9 });
    await task.shutdown();
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
  });
});

describe('streams', () => {
  test('lead from and to the FIFOs of the client', async () => {
    const [stdin, stdout, stderr] = [fifo(), fifo(), fifo()];
    const bundle = makeBundle({ script: 'read line; echo "out $line"; echo err >&2; cat > /dev/null; echo end' });
    const task = await createTask({ id: newId(), bundle }, { stdin, stdout, stderr });
    const [out, err] = [reading(stdout), reading(stderr)];
    const input = openSync(stdin, 'w');
    await task.start();
    writeSync(input, 'hello\n');
    await out.until('out hello\n');
    await err.until('err\n');
    closeSync(input);
    // The end of the input is what the client says, not that it is gone.
    await pause(100);
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
    await task.client.call('CloseIO', messages.closeIoRequest, { id: task.id, stdin: true }, messages.empty);
    expect(await task.wait()).toMatchObject({ exit_status: 0 });
    await out.until('end\n');
    out.close();
    err.close();
  });

  test('survive a client that goes away and comes back', async () => {
    const stdout = fifo();
    const script = 'for i in 1 2 3 4 5 6 7; do echo line $i; sleep 0.05; done; until [ -e /go ]; do sleep 0.02; done; echo line 8; exit 5';
    const bundle = makeBundle({ script });
    const task = await createTask({ id: newId(), bundle }, { stdout });
    const first = reading(stdout);
    await task.start();
    await first.until('line 1\n');
    first.close();
    // It writes while nobody reads.
    await pause(400);
    const second = reading(stdout);
    writeFileSync(`${bundle.rootfs}/go`, '');
    await second.until('line 8\n');
    second.close();
    // 128 + SIGPIPE would be 141.
    expect(await task.wait()).toMatchObject({ exit_status: 5 });
  });

  test('without a reader make the container wait, not the shim', async () => {
    const stdout = fifo();
    const task = await createTask({ id: newId(), bundle: makeBundle({ script: 'yes; true' }) }, { stdout });
    await task.start();
    await pause(200);
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
    await task.kill(SIGKILL);
    expect(await task.wait()).toMatchObject({ exit_status: 137 });
  });

  test('of a terminal are carried, and its size is changed', async () => {
    const [stdin, stdout] = [fifo(), fifo()];
    const bundle = makeBundle({
      script: 'until [ "$(stty size)" = "33 111" ]; do sleep 0.02; done; echo ready; read line; echo "got $line"; tty; exit 4',
      config: ({ process }) => (process.terminal = true),
    });
    const task = await createTask({ id: newId(), bundle }, { stdin, stdout, terminal: true });
    const out = reading(stdout);
    const input = openSync(stdin, 'w');
    await task.start();
    await task.client.call('ResizePty', messages.resizePtyRequest, { id: task.id, width: 111, height: 33 }, messages.empty);
    await out.until('ready\r\n');
    writeSync(input, 'hello\n');
    await out.until('got hello\r\n');
    await out.until('/dev/pts/0\r\n');
    expect(await task.wait()).toMatchObject({ exit_status: 4 });
    closeSync(input);
    out.close();
  });

  test('of a terminal that nobody reads make its program wait, not the shim', async () => {
    const stdout = fifo();
    const bundle = makeBundle({ script: 'yes', config: ({ process }) => (process.terminal = true) });
    const task = await createTask({ id: newId(), bundle }, { stdout, terminal: true });
    await task.start();
    await pause(200);
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
    await task.kill(SIGKILL);
    await task.wait();
  });

  test('of an exec may be a terminal, too', async () => {
    const stdout = fifo();
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    const out = reading(stdout);
    await task.exec('sh', ['sh', '-c', 'tty; exit 6'], { terminal: true, stdout });
    await task.start('sh');
    await out.until('/dev/pts/0\r\n');
    expect(await task.wait('sh')).toMatchObject({ exit_status: 6 });
    out.close();
  });

  test('may be a file', async () => {
    const file = `${newPath()}/deep/log`;
    const uri = `file://${file}`;
    const task = await createTask({ id: newId(), bundle: makeBundle({ script: 'echo out; echo err >&2' }) }, { stdout: uri, stderr: uri });
    await task.start();
    await task.wait();
    expect(readFileSync(file, 'utf8')).toBe('out\nerr\n');
  });

  test('may be a logging program, which gets its arguments, and reads to the end', async () => {
    const [file, script] = [newPath(), newPath('.sh')];
    writeFileSync(
      script,
      `#!/bin/sh\nexec 5>&-\necho "$@ $CONTAINER_ID $CONTAINER_NAMESPACE" > ${file}\ncat <&3 >> ${file}\ncat <&4 >> ${file}\n`,
      { mode: 0o755 },
    );
    const uri = `binary://${script}?colour=dark%20blue`;
    const id = newId();
    const task = await createTask({ id, bundle: makeBundle({ script: 'echo out; echo err >&2' }) }, { stdout: uri, stderr: uri });
    await task.start();
    await task.wait();
    await task.delete();
    expect(readFileSync(file, 'utf8').replace(/tsrun-test-\w+(?=\n)/, 'NS')).toBe(`colour dark blue ${id} NS\nout\nerr\n`);
  });

  test('of a logging program that dies make the container wait', async () => {
    const script = newPath('.sh');
    writeFileSync(script, '#!/bin/sh\nexec 5>&-\nexit 1\n', { mode: 0o755 });
    const task = await createTask({ id: newId(), bundle: makeBundle({ script: 'yes' }) }, { stdout: `binary://${script}` });
    await task.start();
    await pause(200);
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
    await task.kill(SIGKILL);
    expect(await task.wait()).toMatchObject({ exit_status: 137 });
  });
});

describe('the program', () => {
  test('has a version for people, and its features for containerd', async () => {
    const version = await start([program, '-v']).done;
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^containerd-shim-tsrun-v2:\n {2}Version: {2}\S+\n/) });
    const info = await start([program, '-info']).done;
    expect(info.stdout).toContain('io.containerd.tsrun.v2');
    expect(info.stdout).toContain('"mountExtensions":{"idmap":{"enabled":true}}');
    expect([info.code, info.stderr]).toEqual([0, '']);
  });

  test('fails with a reason on standard error, and nothing on standard output', async () => {
    const { code, stdout, stderr } = await start([program, '-namespace', 'x', 'start']).done;
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: 'containerd-shim-tsrun-v2: shim id cannot be empty\n' });
  });

  test('serves only at a socket that start has passed', async () => {
    const flags = ['-namespace', 'x', '-id', newId(), '-socket', newPath('.socket')];
    const { code, stdout, stderr } = await start([program, ...flags]).done;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^containerd-shim-tsrun-v2: use the socket of the server: .*\(EBADF\)/);
  });

  test('start called twice gives the address of the same server', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const { path } = await startShim(options);
    const { code, stdout } = await startCall(options);
    expect([code, JSON.parse(stdout)]).toEqual([0, { version: 3, address: `unix://${path}`, protocol: 'ttrpc' }]);
    expect(readFileSync(`${options.bundle.directory}/address`, 'utf8')).toBe(`unix://${path}`);
  });

  test('the server ends when it has had a container, has none, and its client has gone', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle({ script: 'exit 0' }) });
    const other = new Client(task.path);
    const process = { id: task.id };
    expect(await other.call('State', messages.processRequest, process, messages.stateResponse)).toMatchObject(process);
    task.client.close();
    await other.call('Start', messages.processRequest, process, messages.pidResponse);
    await other.call('Wait', messages.processRequest, process, messages.waitResponse);
    await other.call('Delete', messages.processRequest, process, messages.deleteResponse);
    expect(isAlive(task.pid)).toBe(true);
    other.close();
    await gone(task.pid);
    expect(existsSync(task.path)).toBe(false);
  });

  test('the server waits for its first container, though a client has come and gone', async () => {
    const shim = await startShim({ id: newId(), bundle: makeBundle() });
    shim.client.close();
    await pause(200);
    expect(isAlive(shim.pid)).toBe(true);
  });

  test('start of a killed server gives a new one', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const first = await startShim(options);
    process.kill(first.pid, 'SIGKILL');
    await gone(first.pid);
    const second = await startShim(options);
    expect([second.path, second.pid === first.pid]).toEqual([first.path, false]);
  });

  test.each(['io.kubernetes.cri.sandbox-id', 'io.containerd.runc.v2.group'])(
    'has one server for all containers with the same %s',
    async (name) => {
      const bundles = [1, 2].map(() => makeBundle({ config: (config) => (config.annotations = { [name]: 'pod' }) }));
      const [one, two] = bundles.map((bundle) => ({ id: newId(), bundle }));
      if (one === undefined || two === undefined) throw new Error('two');
      const first = await createTask(one);
      const second = await createTask(two);
      expect([second.path, second.pid]).toEqual([first.path, first.pid]);
      await first.start();
      await second.start();
      await first.kill(SIGKILL);
      await first.wait();
      await first.delete();
      // containerd cleans up after the first, and the second continues.
      expect((await deleteCall(one)).code).toBe(0);
      await first.shutdown();
      expect(await second.state()).toMatchObject({ status: messages.taskStatus.running });
      await second.kill(SIGKILL);
      await second.wait();
      await second.delete();
      await second.shutdown();
      await gone(first.pid);
    },
  );

  test('delete removes everything of a container whose shim was killed', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    const task = await createTask(options);
    const pid = await task.start();
    process.kill(task.pid, 'SIGKILL');
    await gone(task.pid);
    expect(isAlive(pid)).toBe(true);
    const { code } = await deleteCall(options);
    expect(code).toBe(0);
    await gone(pid);
    expect((await runtime(['list', '--quiet'], { root: containersRoot })).stdout).toBe('');
  });

  test('the server ignores SIGTERM while a container runs, and obeys it then', async () => {
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    process.kill(task.pid, 'SIGTERM');
    await pause(100);
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
    await task.kill(SIGKILL);
    await task.wait();
    process.kill(task.pid, 'SIGTERM');
    await gone(task.pid);
  });

  test('the server has one thread, a process group of its own, and no terminal or file of its caller, is named after its container, and its socket is for its user only', async () => {
    const id = newId();
    const { pid, path } = await startShim({ id, bundle: makeBundle() });
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    expect([words[0], words[3], words[4]]).toEqual([program, '-id', id]);
    expect(words).not.toContain('start');
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('containerd-shim\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(/^Threads:\t(\d+)$/m.exec(status)?.[1]).toBe('1');
    const [, , , , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    expect(Number(group)).toBe(pid);
    const open = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
    expect(open).not.toContain('pipe:');
    expect(
      open
        .split('\n')
        .filter((line) => / [012] -> /.test(line))
        .every((line) => line.endsWith('/dev/null')),
    ).toBe(true);
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe(`${Number(readFileSync('/proc/self/oom_score_adj', 'utf8')) + 1}\n`);
  });
});

describe('events', () => {
  test('wait while containerd is away, and keep their order', async () => {
    const events = await listening();
    const id = newId();
    const task = await createTask({ id, bundle: makeBundle(), events });
    events.close();
    await task.start();
    await task.exec('one', ['true']);
    await task.start('one');
    await task.wait('one');
    await events.open();
    await until('all events', () => events.topics(id).length === 5);
    expect(events.topics(id)).toEqual(['create', 'start', 'exec-added', 'exec-started', 'exit']);
  });
});

describe('the root file system', () => {
  test('is mounted by the shim, and unmounted with the container', async () => {
    const bundle = makeBundle({ script: 'echo x > /new', config: ({ root }) => (root.readonly = false) });
    const source = newPath();
    execFileSync('mv', [`${bundle.directory}/rootfs`, source]);
    const [upper, work] = [newPath(), newPath()];
    execFileSync('mkdir', [upper, work, `${source}.2`]);
    const mount = {
      type: 'overlay',
      source: 'overlay',
      options: ['index=off', `workdir=${work}`, `upperdir=${upper}`, `lowerdir=${source}.2:${source}`],
    };
    const task = await createTask({ id: newId(), bundle }, { rootfs: [mount] });
    await task.start();
    expect(await task.wait()).toMatchObject({ exit_status: 0 });
    expect(readFileSync(`${upper}/new`, 'utf8')).toBe('x\n');
    await task.delete();
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bundle.directory);
  });

  test('may have more layers than a page of options names', async () => {
    const bundle = makeBundle({ script: 'cat /layer-*/name | wc -l' });
    const layers = `${newPath()}-a-directory-with-a-rather-long-name-so-that-the-options-become-longer-than-a-page`;
    const paths = Array.from({ length: 60 }, (_, index) => `${layers}/${index}/fs`);
    for (const [index, path] of paths.entries()) {
      execFileSync('mkdir', ['-p', `${path}/layer-${index}`]);
      writeFileSync(`${path}/layer-${index}/name`, 'x\n');
    }
    const rootfs = `${layers}/root`;
    execFileSync('mv', [`${bundle.directory}/rootfs`, rootfs]);
    const options = [`lowerdir=${[...paths, rootfs].join(':')}`];
    expect(options[0]?.length).toBeGreaterThan(4096);
    const stdout = `file://${newPath()}`;
    const task = await createTask({ id: newId(), bundle }, { rootfs: [{ type: 'overlay', source: 'overlay', options }], stdout });
    await task.start();
    expect(await task.wait()).toMatchObject({ exit_status: 0 });
    expect(readFileSync(stdout.replace('file://', ''), 'utf8')).toBe('60\n');
    await task.delete();
  });

  test('may be a read-only bind mount', async () => {
    const bundle = makeBundle({ script: 'echo x > /new; exit 0' });
    const source = newPath();
    execFileSync('mv', [`${bundle.directory}/rootfs`, source]);
    const task = await createTask({ id: newId(), bundle }, { rootfs: [{ type: 'bind', source, options: ['rbind', 'ro'] }] });
    await task.start();
    await task.wait();
    expect(existsSync(`${source}/new`)).toBe(false);
    await task.delete();
  });

  test('is unmounted if the container cannot be created, and if the shim is killed', async () => {
    const bundle = makeBundle({ config: ({ process }) => (process.cwd = 'relative') });
    const source = newPath();
    execFileSync('mv', [`${bundle.directory}/rootfs`, source]);
    const options = { id: newId(), bundle };
    const shim = await startShim(options);
    const rootfs = [{ type: 'bind', source, options: ['rbind'] }];
    await expect(createIn(shim, options, { rootfs })).rejects.toMatchObject({ code: 2 });
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bundle.directory);
    bundle.config.process.cwd = '/';
    bundle.save();
    await createIn(shim, options, { rootfs });
    process.kill(shim.pid, 'SIGKILL');
    await gone(shim.pid);
    expect((await deleteCall(options)).code).toBe(0);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bundle.directory);
  });
});
