/** Where the streams of a process may lead, and what goes wrong there. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, readlinkSync, readSync, writeFileSync, writeSync } from 'node:fs';
import {
  type Task,
  childrenOf,
  createIn,
  createTask,
  describe,
  expect,
  gone,
  isAsleep,
  makeBundle,
  messages,
  newDirectory,
  newId,
  newPath,
  startShim,
  test,
  until,
} from '../harness/shim.js';

const SIGKILL = 9;
const O_RDONLY_NONBLOCK = 0o4000;

function fifo(): string {
  const path = newPath('.fifo');
  execFileSync('mkfifo', [path]);
  return path;
}

/** Reads a FIFO when it is asked to. */
function reader(path: string): {
  readonly until: (text: string) => Promise<true>;
  readonly some: (size: number) => number;
  readonly close: () => void;
} {
  const fd = openSync(path, O_RDONLY_NONBLOCK);
  let all = '';
  const some = (size: number): number => {
    const buffer = Buffer.alloc(size);
    try {
      const count = readSync(fd, buffer);
      all += buffer.toString('utf8', 0, count);
      return count;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      throw error;
    }
  };
  const untilText = (text: string): Promise<true> =>
    until(`"${text}" in ${path}: ${all}`, () => {
      some(1 << 16);
      return all.includes(text);
    });
  return { until: untilText, some, close: () => closeSync(fd) };
}

const closeInput = ({ client, id }: Task, exec_id = '') =>
  client.call('CloseIO', messages.closeIoRequest, { id, exec_id, stdin: true }, messages.empty);

/** How many descriptors a shim has, but for the tsrun-init that it keeps from its first container on. */
function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => !readlinkSync(`/proc/${pid}/fd/${fd}`).includes('tsrun-init')).length;
}

/** A logging program. */
function logger(script: string): string {
  const path = newPath('.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** Whether a process and all of its children sleep: `yes` only does when the FIFO is full. */
function sleeping(pid: number): boolean {
  return [pid, ...childrenOf(pid)].every((one) => isAsleep(one));
}

describe('a log file', () => {
  test('may have any name, which the URI escapes', async () => {
    const path = `${newDirectory()}/a b%c?d#e+f`;
    const uri = `file://${path.split('/').map(encodeURIComponent).join('/')}`;
    const task = await createTask({ id: newId(), bundle: makeBundle({ script: 'echo out' }) }, { stdout: uri });
    await task.start();
    await task.wait();
    expect(readFileSync(path, 'utf8')).toBe('out\n');
  });

  test('cannot be read through the stream of the container', async () => {
    const file = newPath();
    writeFileSync(file, 'secret\n');
    const bundle = makeBundle({ script: 'if cat <&1 2> /dev/null; then echo readable; else echo no; fi' });
    const task = await createTask({ id: newId(), bundle }, { stdout: `file://${file}` });
    await task.start();
    await task.wait();
    expect(readFileSync(file, 'utf8')).toBe('secret\nno\n');
  });

  test.each(['file://', ''])('that is a FIFO without a reader (%s) makes the container wait, not the shim', async (scheme) => {
    const stdout = `${scheme}${fifo()}`;
    const task = await createTask({ id: newId(), bundle: makeBundle({ script: 'yes' }) }, { stdout, stderr: stdout });
    await task.start();
    const { pid } = await task.state();
    await until('the container waits', () => sleeping(pid));
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
    await task.kill(SIGKILL);
    await task.wait();
  });

  test('on a full disk is an error of the program that writes, not of the shim', async () => {
    const bundle = makeBundle({ script: 'echo x || exit 5' });
    const task = await createTask({ id: newId(), bundle }, { stdout: 'file:///dev/full', stderr: 'file:///dev/full' });
    await task.start();
    expect(await task.wait()).toMatchObject({ exit_status: 5 });
  });
});

describe('input', () => {
  test('of a terminal that the client writes before it says that no more comes is not lost', async () => {
    const [stdin, stdout] = [fifo(), fifo()];
    const bundle = makeBundle({ script: 'read a; read b; echo "got $a $b"', config: ({ process }) => (process.terminal = true) });
    const task = await createTask({ id: newId(), bundle }, { stdin, stdout, terminal: true });
    const out = reader(stdout);
    const input = openSync(stdin, 'w');
    writeSync(input, 'one\n');
    await closeInput(task);
    writeSync(input, 'two\n');
    closeSync(input);
    await task.start();
    await out.until('got one two\r\n');
    expect(await task.wait()).toMatchObject({ exit_status: 0 });
    out.close();
  });

  test('that ends before an exec is started ends for the exec', async () => {
    const stdin = fifo();
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    await task.exec('cat', ['cat'], { stdin });
    await closeInput(task, 'cat');
    await task.start('cat');
    expect(await task.wait('cat')).toMatchObject({ exit_status: 0 });
  });
});

describe('output', () => {
  test('that is read slowly arrives complete, and the container waits for its reader', async () => {
    const stdout = fifo();
    const bundle = makeBundle({ script: 'head -c 400000 /dev/zero; exit 3' });
    const task = await createTask({ id: newId(), bundle }, { stdout });
    const out = reader(stdout);
    const ended = task.wait();
    await task.start();
    let count = 0;
    await until('everything has arrived', async () => {
      const some = out.some(10_000);
      // More than the FIFO holds is left, so the container cannot have written it all.
      if (count > 0 && count < 300_000) expect((await task.state()).status).toBe(messages.taskStatus.running);
      count += some;
      return count === 400_000;
    });
    expect(await ended).toMatchObject({ exit_status: 3 });
    out.close();
  });

  test('of a process that is not root can be opened again, as /dev/stdout', async () => {
    const stdout = fifo();
    const bundle = makeBundle({
      script: 'echo again > /dev/stdout',
      config: ({ process }) => {
        process.user = { uid: 1000, gid: 1000 };
      },
    });
    const task = await createTask({ id: newId(), bundle }, { stdout });
    const out = reader(stdout);
    await task.start();
    await out.until('again\n');
    out.close();
  });
});

describe('a logging program', () => {
  const uriOf = (scheme: string, path: string): string => `${scheme}://${path}`;

  test.each([
    ['binary', true],
    ['binary-v2', false],
  ])('of %s that ends before it is ready is taken for ready: %s', async (scheme, taken) => {
    const options = { id: newId(), bundle: makeBundle() };
    const shim = await startShim(options);
    const descriptors = descriptorsOf(shim.pid);
    const creating = createIn(shim, options, { stdout: uriOf(scheme, logger('exit 1')) });
    if (taken) return void (await (await creating).delete());
    await expect(creating).rejects.toMatchObject({ code: 2, message: expect.stringContaining('before it was ready') });
    await until('the logger is reaped', () => readFileSync(`/proc/${shim.pid}/task/${shim.pid}/children`, 'utf8') === '');
    expect(descriptorsOf(shim.pid)).toBe(descriptors);
  });

  test('of binary-v2 says that it is ready by a byte', async () => {
    const file = newPath();
    const uri = uriOf('binary-v2', logger(`printf x >&5; exec 5>&-; cat <&3 > ${file}`));
    const task = await createTask({ id: newId(), bundle: makeBundle({ script: 'echo out' }) }, { stdout: uri });
    await task.start();
    await task.wait();
    await task.delete();
    expect(readFileSync(file, 'utf8')).toBe('out\n');
  });

  test('that is killed lets its container be killed and deleted, and leaves nothing', async () => {
    const options = { id: newId(), bundle: makeBundle({ script: 'yes' }) };
    const shim = await startShim(options);
    const descriptors = descriptorsOf(shim.pid);
    const pidFile = newPath();
    const task = await createIn(shim, options, {
      stdout: uriOf('binary', logger(`echo $$ > ${pidFile}; exec 5>&-; exec cat <&3 > /dev/null`)),
    });
    await task.start();
    const pid = Number(readFileSync(pidFile, 'utf8'));
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
    await task.kill(SIGKILL);
    expect(await task.wait()).toMatchObject({ exit_status: 137 });
    await task.delete();
    expect(descriptorsOf(shim.pid)).toBe(descriptors);
  });

  test('has an empty signal mask, and no descriptor of the shim', async () => {
    const file = newPath();
    const uri = uriOf('binary', logger(`{ grep ^SigBlk /proc/self/status; ls /proc/$$/fd; } > ${file}; exec 5>&-; cat <&3`));
    const task = await createTask(
      {
        id: newId(),
        bundle: makeBundle({ script: 'grep ^SigBlk /proc/self/status > /mask || exit 1', config: ({ root }) => (root.readonly = false) }),
      },
      { stdout: uri },
    );
    const [mask, ...fds] = readFileSync(file, 'utf8').trim().split('\n');
    expect(mask).toMatch(/^SigBlk:\s0+$/);
    // From 10 on: the shell's own copies.
    expect(fds.filter((fd) => Number(fd) < 10).sort()).toEqual(['0', '1', '2', '3', '4', '5']);
    await task.start();
    await task.wait();
    expect(readFileSync(`${task.bundle.directory}/rootfs/mask`, 'utf8')).toMatch(/^SigBlk:\s0+\n$/);
  });
});
