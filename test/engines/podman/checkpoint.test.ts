import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { untilListening } from '../../oci/harness/wait.js';
import { hasCriu } from '../../programs/criu/real.js';
import { describe, expect, inspect, newPath, pause, podman, runInside, running, succeed, test, until } from '../harness/podman.js';

const counts = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done';
const last = async (id: string): Promise<number> => Number((await succeed(podman(['logs', '--tail=1', id]))).trim());

interface Statistics {
  readonly Id: string;
  readonly runtime_checkpoint_duration?: number;
  readonly runtime_restore_duration?: number;
}

/** What --print-stats prints of the only container. */
function statisticsOf(text: string): Statistics {
  const { container_statistics: all } = JSON.parse(text) as { readonly container_statistics: readonly Statistics[] };
  return all[0] as Statistics;
}

/** Whether the kernel tracks which memory has changed (CONFIG_MEM_SOFT_DIRTY). */
const tracksMemory = hasCriu && can(() => execFileSync('criu', ['check', '--feature', 'mem_dirty_track'], { stdio: 'ignore' }));
if (hasCriu && !tracksMemory) console.log('podman checkpoint --pre-checkpoint is skipped: the kernel does not track memory');

function can(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

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

  test('checkpoint --keep and restore --keep keep the log and statistics, --print-stats prints how long each took', async () => {
    const id = await running(['sh', '-c', counts]);
    await until('it counts', async () => (await last(id)) > 5);
    const saved = await succeed(podman(['container', 'checkpoint', '--keep', '--print-stats', id], { timeout: 60_000 }));
    expect(statisticsOf(saved)).toMatchObject({ Id: id, criu_statistics: { pages_written: expect.any(Number) as number } });
    expect(statisticsOf(saved).runtime_checkpoint_duration).toBeGreaterThan(0);
    const directory = dirname(await inspect(id, '{{.State.CheckpointLog}}'));
    const names = async (): Promise<string> => succeed(runInside(['ls', directory]));
    expect(await names()).toMatch(/^dump\.log$/m);
    const restored = await succeed(podman(['container', 'restore', '--keep', '--print-stats', id], { timeout: 60_000 }));
    expect(statisticsOf(restored).runtime_restore_duration).toBeGreaterThan(0);
    expect(await names()).toMatch(/^restore\.log$/m);
    await succeed(podman(['rm', '--force', '--time=0', id]));
  }, 120_000);

  test('--tcp-established saves a connection, which continues; without it podman says that there is one', async () => {
    const script = `ip link set lo up; (${counts}) | nc -l -p 7777 & ${untilListening(7777)}; sleep 1000 | nc 127.0.0.1 7777`;
    const id = await running(['sh', '-c', script], ['--cap-add=NET_ADMIN']);
    await until('it counts', async () => (await last(id)) > 5);
    expect((await podman(['container', 'checkpoint', id], { timeout: 60_000 })).stderr).toContain('--tcp-established');
    const reached = await last(id);
    await until('it continues', async () => (await last(id)) > reached);
    await succeed(podman(['container', 'checkpoint', '--tcp-established', id], { timeout: 60_000 }));
    const before = await last(id);
    await succeed(podman(['container', 'restore', '--tcp-established', id], { timeout: 60_000 }));
    await until('the connection continues', async () => (await last(id)) > before + 3);
    await succeed(podman(['rm', '--force', '--time=0', id]));
  }, 120_000);

  test('checkpoint --export --ignore-rootfs leaves the files out', async () => {
    const id = await running(['sh', '-c', `echo lost > /root/lost; ${counts}`]);
    await until('it counts', async () => (await last(id)) > 5);
    const archive = `${newPath()}.tar`;
    const flags = ['--compress=none', '--ignore-rootfs', `--export=${archive}`];
    await succeed(podman(['container', 'checkpoint', ...flags, id], { timeout: 60_000 }));
    await succeed(podman(['rm', '--force', id]));
    const line = ['container', 'restore', '--ignore-rootfs', `--import=${archive}`, '--name=other'];
    const other = await succeed(podman(line, { timeout: 60_000 }));
    expect((await podman(['exec', other, 'cat', '/root/lost'])).code).not.toBe(0);
    await succeed(podman(['rm', '--force', '--time=0', other]));
  }, 120_000);

  test.runIf(tracksMemory)(
    'checkpoint --pre-checkpoint, then --with-previous, of which restore --import-previous is made',
    async () => {
      const id = await running(['sh', '-c', counts]);
      await until('it counts', async () => (await last(id)) > 5);
      const [first, second] = [`${newPath()}.tar`, `${newPath()}.tar`];
      const save = (...flags: readonly string[]): Promise<string> =>
        succeed(podman(['container', 'checkpoint', '--compress=none', ...flags, id], { timeout: 60_000 }));
      await save('--pre-checkpoint', `--export=${first}`);
      expect(await inspect(id, '{{.State.Status}}')).toBe('running');
      await save('--with-previous', `--export=${second}`);
      await succeed(podman(['rm', '--force', id]));
      const line = ['container', 'restore', `--import-previous=${first}`, `--import=${second}`, '--name=other'];
      const other = await succeed(podman(line, { timeout: 60_000 }));
      await until('it continues', async () => (await last(other)) > 5);
      await succeed(podman(['rm', '--force', '--time=0', other]));
    },
    120_000,
  );
});
