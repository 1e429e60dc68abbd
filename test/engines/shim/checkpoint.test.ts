/**
 * Checkpoints of tasks through tsrun's own shim, with CRIU itself. ctr 1.6 passes options to the shim of runc only, so images are in
 * containerd's content store.
 */
import { hasCriu } from '../../programs/criu/real.js';
import { ctr, describe, expect, image, pidOf, running, startCtr, statusOf, succeed, test, throughShim, until } from '../harness/ctr.js';

throughShim();

const long = { timeout: 60_000 };
const counting = ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo $i > /dev/shm/count; echo $i; sleep 0.05; done'];

let execs = 0;

async function counted(id: string): Promise<number> {
  execs += 1;
  return Number(await succeed(ctr(['tasks', 'exec', '--exec-id', `read-${execs}`, id, 'cat', '/dev/shm/count'])));
}

describe.runIf(hasCriu)('through the shim of tsrun', () => {
  test('ctr tasks checkpoint saves a task, which continues', async () => {
    const id = await running(counting);
    await until('it counts', async () => (await counted(id)) > 3);
    const saved = await succeed(ctr(['tasks', 'checkpoint', id], long));
    expect(saved).toMatch(/checkpoint/);
    expect(await statusOf(id)).toBe('RUNNING');
    const reached = await counted(id);
    await until('it continues', async () => (await counted(id)) > reached);
    await succeed(ctr(['images', 'rm', saved]));
  }, 120_000);

  test('ctr containers restore --live restores the task of a checkpoint, with its streams and its exit code', async () => {
    const flags = ['--runtime', 'io.containerd.tsrun.v2', '--cpu-shares', '0'];
    const first = startCtr(['run', ...flags, image, 'first', ...counting], long);
    await until('it runs', async () => (await statusOf('first')) === 'RUNNING' && (await counted('first')) > 3);
    await succeed(ctr(['containers', 'checkpoint', '--task', '--image', 'first', 'saved'], long));
    const reached = await counted('first');
    await succeed(ctr(['tasks', 'kill', '--signal', 'SIGKILL', 'first']));
    expect((await first.done).code).toBe(137);
    await succeed(ctr(['containers', 'rm', 'first']));
    const events = startCtr(['events'], long);
    await succeed(ctr(['containers', 'restore', '--live', 'again', 'saved'], long));
    await until('it runs', async () => (await statusOf('again')) === 'RUNNING');
    expect(await pidOf('again')).toBeGreaterThan(0);
    await until('it continues', async () => (await counted('again')) > reached);
    await succeed(ctr(['tasks', 'kill', '--signal', 'SIGKILL', 'again']));
    await until('it has ended', async () => (await statusOf('again')) === 'STOPPED');
    await until('its exit code', () => /\/tasks\/exit .*"again".*"exit_status":137/.test(events.output()));
    events.child.kill('SIGKILL');
    await succeed(ctr(['tasks', 'rm', 'again']));
    await succeed(ctr(['images', 'rm', 'saved']));
  }, 120_000);

  test('a task whose image does not fit its streams fails with the reason, and can be deleted', async () => {
    const id = await running(counting);
    await succeed(ctr(['containers', 'checkpoint', '--task', '--image', id, 'saved'], long));
    await succeed(ctr(['tasks', 'rm', '--force', id]));
    await succeed(ctr(['containers', 'rm', id]));
    // It had /dev/null, and gets FIFOs.
    const { code, stderr } = await ctr(['containers', 'restore', '--live', 'again', 'saved'], long);
    expect(code).toBe(1);
    expect(stderr).toContain('OCI runtime restore failed: restore container "again": CRIU failed');
    await ctr(['tasks', 'rm', '--force', 'again']);
    expect(await statusOf('again')).toBeUndefined();
    await succeed(ctr(['images', 'rm', 'saved']));
  }, 120_000);
});
