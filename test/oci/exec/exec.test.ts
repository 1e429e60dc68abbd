import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import {
  can,
  created,
  describe,
  exec,
  execInside,
  expect,
  fail,
  isAlive,
  newId,
  newPath,
  running,
  runtime,
  startRuntime,
  stopped,
  succeed,
  test,
  until,
  commandLine,
} from '../harness/index.js';

describe('exec', () => {
  test('runs a program in the container', async () => {
    const container = await running();
    expect(await execInside(container.id, 'hostname; cat /proc/1/cmdline | tr "\\0" " "')).toBe('box\nsleep 1000 ');
  });

  test('enters every namespace of the container', async () => {
    const container = await running();
    const look = 'for n in cgroup ipc mnt net pid uts; do readlink /proc/$P/ns/$n; done';
    expect(await execInside(container.id, look.replace('$P', 'self'))).toBe(await execInside(container.id, look.replace('$P', '1')));
  });

  test('enters the cgroup of the container', async () => {
    const container = await running();
    const [init, own] = (await execInside(container.id, 'grep ^0: /proc/1/cgroup; grep ^0: /proc/self/cgroup')).split('\n');
    expect(own).toBe(init);
  });

  test('exits with the exit code of the program', async () => {
    const container = await running();
    expect((await exec(container.id, ['sh', '-c', 'exit 42'])).code).toBe(42);
  });

  test('exits with 128 + N if signal N killed the program', async () => {
    const container = await running();
    expect((await exec(container.id, ['sh', '-c', 'kill -KILL $$'])).code).toBe(137);
  });

  test('passes standard input, output and error on', async () => {
    const container = await running();
    const outcome = await exec(container.id, ['sh', '-c', 'cat; echo wrong >&2'], [], { input: 'in and out' });
    expect(outcome).toMatchObject({ code: 0, stdout: 'in and out', stderr: 'wrong\n' });
  });

  test('has the configured environment, extended by -e', async () => {
    const container = await running({ config: (config) => config.process.env.push('A=configured', 'B=configured') });
    expect(await execInside(container.id, 'echo $A $B $C', ['-e', 'B=given', '-e', 'C=new,with=comma'])).toBe(
      'configured given new,with=comma',
    );
  });

  test.runIf(can.runcCommand)('starts in the configured directory, or in that of --cwd', async () => {
    const container = await running({ config: (config) => (config.process.cwd = '/tmp') });
    expect(await execInside(container.id, 'pwd')).toBe('/tmp');
    expect(await execInside(container.id, 'pwd', ['--cwd', '/etc'])).toBe('/etc');
  });

  test('-u sets user and group', async () => {
    const container = await running();
    expect(await execInside(container.id, 'id -u; id -g', ['-u', '1000:1001'])).toBe('1000\n1001');
    expect(await execInside(container.id, 'id -u', ['--user=1000'])).toBe('1000');
  });

  test('--detach returns immediately, and writes the pid file', async () => {
    const container = await running();
    const pidFile = newPath('.pid');
    succeed(await exec(container.id, ['sleep', '1000'], ['--detach', '--pid-file', pidFile]));
    const pid = readFileSync(pidFile, 'utf8');
    expect(pid).toMatch(/^\d+$/);
    await until('it executes its program', () => commandLine(Number(pid)) === 'sleep 1000');
  });

  test('writes the pid file in the foreground, too', async () => {
    const container = await running();
    const pidFile = newPath('.pid');
    succeed(await exec(container.id, ['true'], ['--pid-file', pidFile]));
    expect(readFileSync(pidFile, 'utf8')).toMatch(/^\d+$/);
  });

  test('reads a whole process from a file', async () => {
    const container = await running();
    const file = newPath('.json');
    const process = { user: { uid: 1000, gid: 1000 }, args: ['sh', '-c', 'id -u; pwd; echo $X'], env: ['PATH=/bin', 'X=y'], cwd: '/tmp' };
    writeFileSync(file, JSON.stringify(process));
    expect(succeed(await runtime(['exec', '--process', file, container.id]))).toBe('1000\n/tmp\ny');
  });

  test('runs in a container that is created but not started', async () => {
    const container = await created();
    expect(await execInside(container.id, 'echo ran')).toBe('ran');
  });

  test('forwards signals in the foreground', async () => {
    const container = await running();
    const call = startRuntime(['exec', container.id, 'sh', '-c', 'trap "exit 5" TERM; echo ready; while :; do sleep 0.02; done']);
    await until('ready', () => call.output().includes('ready'));
    call.child.kill('SIGTERM');
    expect((await call.done).code).toBe(5);
  });

  test('does not end the container when its program ends', async () => {
    const container = await running();
    await execInside(container.id, 'true');
    expect(await execInside(container.id, 'echo again')).toBe('again');
  });

  test('ends when the container ends', async () => {
    const container = await running();
    const call = startRuntime(['exec', container.id, 'sh', '-c', 'echo ready; sleep 1000']);
    await until('ready', () => call.output().includes('ready'));
    succeed(await runtime(['kill', container.id, 'KILL']));
    expect((await call.done).code).toBe(137);
  });

  test('leaves no runtime process behind when detached', async () => {
    const container = await running();
    const call = startRuntime(['exec', '-d', container.id, 'sleep', '1000']);
    succeed(await call.done);
    expect(isAlive(call.pid)).toBe(false);
  });
});

describe.runIf(can.runcCommand)('exec fails with 255', () => {
  test('in an unknown container', async () => {
    fail(await exec(newId(), ['true']), 255);
  });

  test('in a stopped container', async () => {
    const container = await stopped();
    fail(await exec(container.id, ['true']), 255);
  });

  test('if the program is not found', async () => {
    const container = await running();
    expect(fail(await exec(container.id, ['nowhere']), 255)).toMatch(/nowhere.*executable file not found in \$PATH/);
  });

  test('if the path of the program does not exist', async () => {
    const container = await running();
    expect(fail(await exec(container.id, ['/no/where']), 255)).toMatch(/\/no\/where.*no such file or directory/);
  });

  test('if the program is not executable', async () => {
    const container = await running();
    writeFileSync(`${container.bundle.rootfs}/plain`, 'text');
    chmodSync(`${container.bundle.rootfs}/plain`, 0o644);
    expect(fail(await exec(container.id, ['/plain']), 255)).toMatch(/permission denied/);
  });

  test('if the directory does not exist', async () => {
    const container = await running();
    expect(fail(await exec(container.id, ['true'], ['--cwd', '/no/where']), 255)).toMatch(/\/no\/where.*no such file or directory/);
  });
});
