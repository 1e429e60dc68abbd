/** Docker's checkpoints, which are experimental, with CRIU itself. */
import { hasCriu } from '../../programs/criu/real.js';
import { configure, describe, docker, expect, inspect, pause, running, succeed, test, until } from '../harness/docker.js';
import { isRootUsed } from '../harness/machine.js';

configure({ experimental: true });

const long = { timeout: 60_000 };
const counts = ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done'];
const last = async (id: string): Promise<number> => Number((await succeed(docker(['logs', '--tail=1', id]))).trim());

describe.runIf(hasCriu)('docker checkpoint', () => {
  test('create stops a container, ls lists the checkpoint, start --checkpoint continues it, rm removes it', async () => {
    const id = await running(counts);
    await until('it counts', async () => (await last(id)) > 5);
    expect(await succeed(docker(['checkpoint', 'create', id, 'one'], long))).toBe('one');
    await until('it has ended', async () => (await inspect(id, '{{.State.Status}}')) === 'exited');
    expect(await succeed(docker(['checkpoint', 'ls', id]))).toContain('one');
    const before = await last(id);
    const started = await docker(['start', '--checkpoint', 'one', id], long);
    // dockerd 28 looks for the network of the container before there is one, with each runtime (containerd/containerd issue 12141).
    if (isRootUsed()) return void expect(started.stderr).toContain('bind-mount /proc/0/ns/net');
    await succeed(Promise.resolve(started));
    expect(await inspect(id, '{{.State.Status}}')).toBe('running');
    await until('it continues', async () => (await last(id)) > before);
    expect(await last(id)).toBeLessThan(before + 300);
    await succeed(docker(['checkpoint', 'rm', id, 'one']));
    expect(await succeed(docker(['checkpoint', 'ls', id]))).not.toContain('one');
  }, 120_000);

  test('create --leave-running leaves it running', async () => {
    const id = await running(counts);
    await pause(300);
    await succeed(docker(['checkpoint', 'create', '--leave-running', id, 'one'], long));
    expect(await inspect(id, '{{.State.Status}}')).toBe('running');
    const before = await last(id);
    await until('it continues', async () => (await last(id)) > before);
  }, 120_000);
});
