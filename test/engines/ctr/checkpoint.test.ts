import { existsSync } from 'node:fs';
import { hasCriu } from '../../programs/criu/real.js';
import { ctr, describe, expect, image, newDirectory, newPath, running, startCtr, statusOf, succeed, test, until } from '../harness/ctr.js';
import { runtimePath } from '../harness/runtime_path.js';

const counting = ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo $i > /dev/shm/count; echo $i; sleep 0.05; done'];
let execs = 0;

async function counted(id: string): Promise<number> {
  execs += 1;
  return Number(await succeed(ctr(['tasks', 'exec', '--exec-id', `read-${execs}`, id, 'cat', '/dev/shm/count'])));
}

describe.runIf(hasCriu)('ctr tasks checkpoint', () => {
  test('saves a task, which continues', async () => {
    const id = await running();
    const image = newPath();
    await succeed(ctr(['tasks', 'checkpoint', `--image-path=${image}`, `--work-path=${newDirectory()}`, id], { timeout: 60_000 }));
    expect(existsSync(`${image}/inventory.img`)).toBe(true);
    expect(await statusOf(id)).toBe('RUNNING');
  }, 120_000);

  test('--exit ends the task', async () => {
    const id = await running();
    await succeed(ctr(['tasks', 'checkpoint', '--exit', `--image-path=${newPath()}`, id], { timeout: 60_000 }));
    await until('it has ended', async () => (await statusOf(id)) === 'STOPPED');
  }, 120_000);

  test('containers checkpoint --task and containers restore --live make another container, which continues', async () => {
    const flags = ['--runtime', 'io.containerd.runc.v2', '--runc-binary', runtimePath, '--cpu-shares', '0'];
    const first = startCtr(['run', ...flags, image, 'first', ...counting], { timeout: 60_000 });
    await until('it counts', async () => (await statusOf('first')) === 'RUNNING' && (await counted('first')) > 3);
    await succeed(ctr(['containers', 'checkpoint', '--task', '--image', 'first', 'saved'], { timeout: 60_000 }));
    const reached = await counted('first');
    await succeed(ctr(['tasks', 'kill', '--signal', 'SIGKILL', 'first']));
    await first.done;
    await succeed(ctr(['containers', 'rm', 'first']));
    await succeed(ctr(['containers', 'restore', '--live', 'again', 'saved'], { timeout: 60_000 }));
    await until('it continues', async () => (await counted('again')) > reached);
    await succeed(ctr(['tasks', 'rm', '--force', 'again']));
    await succeed(ctr(['images', 'rm', 'saved']));
  }, 120_000);
});
