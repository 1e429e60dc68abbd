import { existsSync, readFileSync } from 'node:fs';
import {
  describe,
  exit,
  expect,
  image,
  inspect,
  podman,
  running,
  startPodman,
  succeed,
  test,
  theMachine,
  until,
} from '../harness/podman.js';

const quick = 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done';
const stubborn = 'trap "" TERM; echo ready; while :; do sleep 0.05; done';

/** Starts a shell script in the background, and returns when it has set its traps. */
async function ready(script: string): Promise<string> {
  const id = await running(['sh', '-c', script]);
  await until('the script is ready', async () => (await succeed(podman(['logs', id]))).includes('ready'));
  return id;
}

describe('the lifecycle of a container under podman', () => {
  test('create, start, wait and rm work in turn', async () => {
    const id = await succeed(podman(['create', '--network=none', image, 'sh', '-c', 'exit 6']));
    expect(await inspect(id, '{{.State.Status}}')).toBe('created');
    await succeed(podman(['start', id]));
    expect(await succeed(podman(['wait', id]))).toBe('6');
    await succeed(podman(['rm', id]));
  });

  test('rename gives a running container another name, under which exec finds it', async () => {
    const id = await running();
    await succeed(podman(['rename', id, 'other']));
    expect(await succeed(podman(['exec', 'other', 'echo', 'found']))).toBe('found');
    expect(await inspect('other', '{{.State.Status}}')).toBe('running');
  });

  test('init creates the container, start runs its program', async () => {
    const id = await succeed(podman(['create', '--network=none', image, 'echo', 'started']));
    await succeed(podman(['init', id]));
    expect(await inspect(id, '{{.State.Status}}')).toBe('initialized');
    expect(await succeed(podman(['logs', id]))).toBe('');
    expect(await succeed(podman(['start', '--attach', id]))).toBe('started');
  });

  test("inspect shows the pid of the container's init", async () => {
    const id = await running(['sleep', '1234']);
    expect(await inspect(id, '{{.State.Status}} {{.State.Running}}')).toBe('running true');
    const pid = await inspect(id, '{{.State.Pid}}');
    const program = (): string => readFileSync(`${theMachine().root}/proc/${pid}/cmdline`, 'utf8');
    await until('it executes its program', () => program() === 'sleep\x001234\0');
  });

  test('ps lists running containers, and with --all ended ones', async () => {
    const [one, other] = [await running(), await running(['false'])];
    await succeed(podman(['wait', other]));
    expect(await succeed(podman(['ps', '--no-trunc', '--quiet']))).toBe(one);
    const all = await succeed(podman(['ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Exited}} {{.ExitCode}}']));
    expect(all.split('\n').sort()).toEqual([`${one} false 0`, `${other} true 1`].sort());
  });

  test('kill sends the requested signal', async () => {
    const id = await ready('trap "exit 9" USR1; echo ready; while :; do sleep 0.05; done');
    await succeed(podman(['kill', '--signal=USR1', id]));
    expect(await succeed(podman(['wait', id]))).toBe('9');
  });

  test('kill without a signal ends the container immediately', async () => {
    const id = await running();
    await succeed(podman(['kill', id]));
    expect(await succeed(podman(['wait', id]))).toBe('137');
  });

  test('kill of a container that has ended is an error', async () => {
    const id = await running(['true']);
    await succeed(podman(['wait', id]));
    expect((await podman(['kill', id])).code).not.toBe(0);
  });

  test('stop lets the program end by itself', async () => {
    const id = await ready(quick);
    await succeed(podman(['stop', '--time=10', id]));
    expect(await inspect(id, '{{.State.ExitCode}}')).toBe('7');
  });

  test('stop kills a program that ignores the signal', async () => {
    const id = await ready(stubborn);
    await succeed(podman(['stop', '--time=1', id]));
    expect(await inspect(id, '{{.State.ExitCode}}')).toBe('137');
  });

  test('stop of a container without its own pid namespace ends all of its processes', async () => {
    const id = await running(['sh', '-c', 'sleep 1000 & echo $!; wait'], ['--pid=host']);
    const child = await until('the child runs', async () => /\d+/.exec(await succeed(podman(['logs', id])))?.[0]);
    await succeed(podman(['stop', '--time=0', id]));
    await until('the child has ended', () => !existsSync(`${theMachine().root}/proc/${child}`));
  });

  test('pause stops all processes until unpause', async () => {
    const id = await running(['sh', '-c', 'while :; do echo tick; sleep 0.02; done']);
    const ticks = async (): Promise<number> => (await succeed(podman(['logs', id]))).length;
    await succeed(podman(['pause', id]));
    expect(await inspect(id, '{{.State.Status}}')).toBe('paused');
    const paused = await ticks();
    expect(await ticks()).toBe(paused);
    await succeed(podman(['unpause', id]));
    await until('it continues', async () => (await ticks()) > paused);
  });

  test('rm --force ends and removes a running container', async () => {
    const id = await ready(stubborn);
    await succeed(podman(['rm', '--force', '--time=0', id]));
    expect((await podman(['inspect', id])).code).not.toBe(0);
  });

  test('rm --force removes a paused container', async () => {
    const id = await running();
    await succeed(podman(['pause', id]));
    await succeed(podman(['rm', '--force', '--time=0', id]));
  });

  test('restart creates a new init in the same root file system', async () => {
    const id = await running(['sh', '-c', 'echo line >> /tmp/starts; sleep 1000']);
    const before = await inspect(id, '{{.State.Pid}}');
    await succeed(podman(['restart', '--time=0', id]));
    expect(await inspect(id, '{{.State.Pid}}')).not.toBe(before);
    await until('the second start was written', async () => (await succeed(podman(['exec', id, 'cat', '/tmp/starts']))) === 'line\nline');
  });

  test('start runs an ended container again', async () => {
    const id = await running(['sh', '-c', 'echo again']);
    await succeed(podman(['wait', id]));
    expect(await succeed(podman(['start', '--attach', id]))).toBe('again');
  });

  test('--restart=on-failure restarts a failed container', async () => {
    const id = await running(['sh', '-c', 'echo try; exit 1'], ['--restart=on-failure:2']);
    await until('three tries', async () => (await succeed(podman(['logs', id]))) === 'try\ntry\ntry');
  });

  test('logs contain both streams', async () => {
    const id = await running(['sh', '-c', 'echo one; echo two >&2']);
    await succeed(podman(['wait', id]));
    const { stdout, stderr } = await exit(podman(['logs', id]), 0);
    expect([stdout, stderr]).toEqual(['one\n', 'two\n']);
  });

  test('attach shows the output', async () => {
    const id = await running(['sh', '-c', 'while [ ! -e /tmp/go ]; do echo here; sleep 0.02; done; echo gone']);
    const attached = startPodman(['attach', '--no-stdin', id]);
    await until('it is attached', () => attached.output().includes('here'));
    await succeed(podman(['exec', id, 'touch', '/tmp/go']));
    const { stdout } = await attached.done;
    expect(stdout.trim()).toMatch(/^(here\s+)+gone$/);
  });

  test('top shows the processes', async () => {
    const id = await running(['sleep', '1000']);
    expect(await succeed(podman(['top', id, 'pid', 'args']))).toMatch(/^PID\s+COMMAND\s*\n1\s+sleep 1000/);
  });

  test('cp copies into and out of a running container', async () => {
    const id = await running();
    await succeed(podman(['exec', id, 'sh', '-c', 'echo inner > /tmp/inner']));
    await succeed(podman(['cp', `${id}:/tmp/inner`, '/var/tmp/outer']));
    await succeed(podman(['cp', '/var/tmp/outer', `${id}:/tmp/back`]));
    expect(await succeed(podman(['exec', id, 'cat', '/tmp/back']))).toBe('inner');
  });
});
