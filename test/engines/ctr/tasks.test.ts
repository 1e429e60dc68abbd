import { existsSync, readFileSync } from 'node:fs';
import {
  ctr,
  describe,
  exit,
  expect,
  newDirectory,
  pidOf,
  program,
  running,
  statusOf,
  succeed,
  test,
  theMachine,
  until,
} from '../harness/ctr.js';

const exec = (id: string, args: readonly string[], flags: readonly string[] = [], options = {}) =>
  ctr(['tasks', 'exec', '--exec-id', 'extra', ...flags, id, ...args], options);
const stopped = (id: string): Promise<true> => until(`${id} has ended`, async () => (await statusOf(id)) === 'STOPPED');

describe('ctr tasks', () => {
  test('ls shows a running task with the pid of its init', async () => {
    const id = await running(['sleep', '1234']);
    expect(await statusOf(id)).toBe('RUNNING');
    const pid = await pidOf(id);
    const program = (): string => readFileSync(`${theMachine().root}/proc/${pid}/cmdline`, 'utf8');
    await until('it executes its program', () => program() === 'sleep\x001234\0');
  });

  test.each([0, 4])('exec exits with the exit code %i of the program', async (code) => {
    await exit(exec(await running(), ['sh', '-c', `exit ${code}`]), code);
  });

  test('exec reports a program that does not exist', async () => {
    const { stderr } = await exit(exec(await running(), ['no-such-program']), 1);
    expect(stderr).toMatch(/executable file .*not found/i);
  });

  test('exec enters the namespaces of the container', async () => {
    const id = await running();
    const script =
      'for kind in mnt pid net ipc uts; do [ $(readlink /proc/1/ns/$kind) = $(readlink /proc/self/ns/$kind) ] && echo $kind; done';
    expect((await succeed(exec(id, ['sh', '-c', script]))).split('\n')).toEqual(['mnt', 'pid', 'net', 'ipc', 'uts']);
  });

  test('exec runs as a given user in a given directory', async () => {
    expect(await succeed(exec(await running(), ['sh', '-c', 'echo $(id -u) $(pwd)'], ['--user=1000', '--cwd=/tmp']))).toBe('1000 /tmp');
  });

  test("exec -t gives the program a terminal of the caller's size", async () => {
    const script = 'tty; until stty size 2> /dev/null | grep -q 31; do sleep 0.05; done; stty size';
    const text = await succeed(exec(await running(), ['sh', '-c', script], ['-t'], { before: [program('on_terminal'), '31', '99'] }));
    expect(text.split(/\r*\n/)).toEqual(['/dev/pts/0', '31 99']);
  });

  test('kill ends a task with the requested signal', async () => {
    const directory = newDirectory();
    const script = 'trap "echo caught > /data/mark; exit" USR1; touch /data/ready; while :; do sleep 0.05; done';
    const id = await running(['sh', '-c', script], [`--mount=type=bind,src=${directory},dst=/data,options=rbind:rw`]);
    await until('the trap is set', () => existsSync(`${directory}/ready`));
    await succeed(ctr(['tasks', 'kill', '--signal=USR1', id]));
    await stopped(id);
    expect(readFileSync(`${directory}/mark`, 'utf8')).toBe('caught\n');
  });

  test('rm of a killed task reports its exit code and removes it', async () => {
    const id = await running();
    await succeed(ctr(['tasks', 'kill', '--signal=KILL', id]));
    await stopped(id);
    const { stderr } = await ctr(['tasks', 'rm', id]);
    expect(stderr).toContain('137');
    expect(await statusOf(id)).toBeUndefined();
  });

  test('kill --all ends all processes', async () => {
    const id = await running(['sh', '-c', 'sleep 1000 & sleep 1000 & wait']);
    await succeed(ctr(['tasks', 'kill', '--all', '--signal=KILL', id]));
    await stopped(id);
  });

  test('kill of an exec process leaves the container running', async () => {
    const id = await running();
    await succeed(exec(id, ['sleep', '1000'], ['--detach']));
    await succeed(ctr(['tasks', 'kill', '--exec-id=extra', '--signal=KILL', id]));
    expect(await statusOf(id)).toBe('RUNNING');
  });

  test('rm --force removes a running task', async () => {
    const id = await running(['sh', '-c', 'trap "" TERM; while :; do sleep 0.05; done']);
    await ctr(['tasks', 'rm', '--force', id]);
    expect(await statusOf(id)).toBeUndefined();
  });

  test('pause stops a task and resume continues it', async () => {
    const directory = newDirectory();
    const script = 'while :; do echo -n x >> /data/ticks; sleep 0.02; done';
    const id = await running(['sh', '-c', script], [`--mount=type=bind,src=${directory},dst=/data,options=rbind:rw`]);
    const ticks = (): number => (existsSync(`${directory}/ticks`) ? readFileSync(`${directory}/ticks`).length : 0);
    await until('it ticks', () => ticks() > 0);
    await succeed(ctr(['tasks', 'pause', id]));
    expect(await statusOf(id)).toBe('PAUSED');
    const paused = ticks();
    expect(await statusOf(id)).toBe('PAUSED');
    expect(ticks()).toBe(paused);
    await succeed(ctr(['tasks', 'resume', id]));
    await until('it continues', () => ticks() > paused);
  });

  test('ps lists the processes', async () => {
    const id = await running(['sh', '-c', 'sleep 1000 & wait']);
    await until('both processes', async () => (await succeed(ctr(['tasks', 'ps', id]))).trim().split('\n').length === 3);
  });

  test("metrics come from the container's cgroup", async () => {
    const id = await running();
    const metrics: unknown = JSON.parse(await succeed(ctr(['tasks', 'metrics', '--format=json', id])));
    expect(metrics).toMatchObject({ cpu: expect.anything(), memory: expect.anything() });
  });
});
