/** tsrun's shim when containerd dies and comes back, and what ctr does not show. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { everything } from '../../chaos/harness/scope.js';
import {
  ctr,
  describe,
  expect,
  image,
  killContainerd,
  newDirectory,
  pause,
  pidOf,
  runInside,
  running,
  shims,
  startContainerd,
  startCtr,
  statusOf,
  succeed,
  test,
  theMachine,
  throughShim,
  until,
} from '../harness/ctr.js';

throughShim();

describe('when containerd dies', () => {
  test('its containers keep running, and it finds them again', async () => {
    const id = await running();
    const [pid, before] = [await pidOf(id), await shims()];
    await killContainerd();
    expect(readFileSync(`${theMachine().root}/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x001000\0');
    await startContainerd();
    expect([await statusOf(id), await pidOf(id), await shims()]).toEqual(['RUNNING', pid, before]);
    expect(await succeed(ctr(['tasks', 'exec', '--exec-id', 'one', id, 'echo', 'hello']))).toBe('hello');
    await ctr(['tasks', 'rm', '--force', id]);
    await until('the shim has ended', async () => (await shims()).length === 0);
  });

  test.each(['starts', 'executes', 'deletes'])(
    'while it %s, nothing is left when it is back and has removed the container',
    async (what) => {
      // Moments of what starting a container takes.
      for (const moment of everything ? [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95] : [0.5]) {
        const before = performance.now();
        const measured = await running();
        const took = performance.now() - before;
        await ctr(['tasks', 'rm', '--force', measured]);
        await ctr(['containers', 'rm', measured]);
        const id = what === 'starts' ? `late-${moment}` : await running();
        const commands: Readonly<Record<string, () => Promise<unknown>>> = {
          starts: () =>
            ctr(['run', '--runtime', 'io.containerd.tsrun.v2', '--cpu-shares', '0', '--detach', '--null-io', image, id, 'sleep', '1000']),
          executes: () => ctr(['tasks', 'exec', '--exec-id', 'one', id, 'true']),
          deletes: () => ctr(['tasks', 'rm', '--force', id]),
        };
        const command = commands[what]?.().catch(() => undefined);
        await pause(moment * took);
        await killContainerd();
        await command;
        await startContainerd();
        await ctr(['tasks', 'rm', '--force', id]);
        await ctr(['containers', 'rm', id]);
        // One that never had a container ends after half a minute.
        await until('the shim has ended', async () => (await shims()).length === 0, 40_000);
      }
    },
  );

  test('the exit code of a container that ends meanwhile is kept', async () => {
    const flags = newDirectory();
    const id = await running(
      ['sh', '-c', 'until [ -e /flag/now ]; do sleep 0.05; done; exit 9'],
      [`--mount=type=bind,src=${flags},dst=/flag,options=rbind:ro`],
    );
    const pid = await pidOf(id);
    await killContainerd();
    execFileSync('touch', [`${flags}/now`]);
    await until('it has ended', () => {
      try {
        return /^State:\s+Z/m.test(readFileSync(`${theMachine().root}/proc/${pid}/status`, 'utf8'));
      } catch {
        return true;
      }
    });
    await startContainerd();
    expect(await statusOf(id)).toBe('STOPPED');
    expect((await ctr(['tasks', 'rm', id])).stderr).toContain('9');
  });
});

describe('when the shim dies', () => {
  test.each(['KILL', 'SEGV'])('of SIG%s, containerd removes its container', async (signal) => {
    const id = await running();
    const pid = await pidOf(id);
    const [shim = ''] = await shims();
    await succeed(runInside(['kill', `-${signal}`, shim]));
    await until('the container is gone', async () => (await runInside(['kill', '-0', String(pid)])).code !== 0);
    await until('the task is gone', async () => (await statusOf(id)) !== 'RUNNING');
  });
});

test('ctr events shows what happens, in order', async () => {
  const watching = startCtr(['events'], { timeout: 60_000 });
  watching.done.catch(() => undefined);
  await until('ctr listens', async () => {
    await succeed(ctr(['namespaces', 'label', 'default', 'time=now']));
    return watching.output().includes('/namespaces/update');
  });
  const id = await running(['sleep', '1000']);
  await succeed(ctr(['tasks', 'exec', '--exec-id', 'one', id, 'true']));
  await ctr(['tasks', 'rm', '--force', id]);
  await until('the last event', () => watching.output().includes('/tasks/delete'));
  const topics = [...watching.output().matchAll(/ \/tasks\/(\S+) /g)].map((match) => match[1]);
  expect(topics).toEqual(['create', 'start', 'exec-added', 'exec-started', 'exit', 'exit', 'delete']);
  watching.child.kill('SIGKILL');
});
