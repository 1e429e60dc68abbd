import { hasCriu } from '../../programs/criu/real.js';
import { describe, expect, inspect, newPath, pause, podman, running, succeed, test, until } from '../harness/podman.js';

const counts = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done';
const last = async (id: string): Promise<number> => Number((await succeed(podman(['logs', '--tail=1', id]))).trim());

describe.runIf(hasCriu)('podman container', () => {
  test('checkpoint stops a container, and restore continues it where it was', async () => {
    const id = await running(['sh', '-c', counts]);
    await until('it counts', async () => (await last(id)) > 5);
    await succeed(podman(['container', 'checkpoint', id], { timeout: 60_000 }));
    expect(await inspect(id, '{{.State.Status}} {{.State.Checkpointed}}')).toBe('exited true');
    const before = await last(id);
    await succeed(podman(['container', 'restore', id], { timeout: 60_000 }));
    expect(await inspect(id, '{{.State.Status}}')).toBe('running');
    await until('it continues', async () => (await last(id)) > before);
    await succeed(podman(['rm', '--force', '--time=0', id]));
  }, 120_000);

  test('checkpoint --leave-running leaves it running', async () => {
    const id = await running(['sh', '-c', counts]);
    await pause(300);
    await succeed(podman(['container', 'checkpoint', '--leave-running', id], { timeout: 60_000 }));
    expect(await inspect(id, '{{.State.Status}}')).toBe('running');
    await succeed(podman(['rm', '--force', '--time=0', id]));
  }, 120_000);

  test('checkpoint --export and restore --import make another container of it, with its files', async () => {
    const id = await running(['sh', '-c', `echo kept > /root/kept; ${counts}`]);
    await until('it counts', async () => (await last(id)) > 5);
    const archive = `${newPath()}.tar.gz`;
    await succeed(podman(['container', 'checkpoint', `--export=${archive}`, id], { timeout: 60_000 }));
    await succeed(podman(['rm', '--force', id]));
    const other = await succeed(podman(['container', 'restore', `--import=${archive}`, '--name=other'], { timeout: 60_000 }));
    expect(await succeed(podman(['exec', other, 'cat', '/root/kept']))).toBe('kept');
    await until('it continues', async () => (await last(other)) > 5);
    await succeed(podman(['rm', '--force', '--time=0', other]));
  }, 120_000);
});
