/** SIGKILL of the shim before one of its system calls, anywhere in the life of a container: `CHAOS=all` tries every one of them. */
import { existsSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { sample } from '../../chaos/harness/scope.js';
import { program as attack } from '../../oci/harness/programs.js';
import {
  containersRoot,
  createIn,
  deleteCall,
  describe,
  expect,
  gone,
  makeBundle,
  newId,
  newPath,
  type Shim,
  type ShimOptions,
  startShim,
  test,
  until,
} from '../harness/shim.js';

const SIGKILL = 9;

/** Create, start, exec, kill, delete: as far as it gets. */
async function life(shim: Shim, options: ShimOptions): Promise<void> {
  const task = await createIn(shim, options, { terminal: false, stdout: `file://${newPath()}` });
  await task.start();
  await task.exec('one', ['true']);
  await task.start('one');
  await task.wait('one');
  await task.kill(SIGKILL);
  await task.wait();
  await task.delete();
}

/** Traces the shim while it serves a container. Returns what interfere.c reports. */
async function traced(action: readonly string[]): Promise<{ readonly report: string; readonly options: ShimOptions; readonly shim: Shim }> {
  const options = { id: newId(), bundle: makeBundle() };
  const shim = await startShim(options);
  const report = newPath('.report');
  const tracer = spawn(attack('interfere'), [report, '20000', ...action, `+${shim.pid}`, 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => tracer.once('exit', resolve));
  await until('the shim is traced', () => /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${shim.pid}/status`, 'utf8')));
  // The requests that were not answered stay so.
  const lost = new Promise<void>((resolve) => shim.client.socket.once('close', () => resolve()));
  await Promise.race([life(shim, options), lost]);
  tracer.stdin.end();
  await ended;
  return { report: readFileSync(report, 'utf8'), options, shim };
}

describe('SIGKILL of the shim', () => {
  test('before any of its system calls leaves nothing that delete cannot remove', { timeout: 7_200_000 }, async () => {
    const { report, options: whole } = await traced(['list']);
    expect((await deleteCall(whole)).code).toBe(0);
    const calls = [...report.matchAll(/^call 1 (\d+) /gm)].map((match) => match[1] ?? '');
    expect(calls.length).toBeGreaterThan(200);
    for (const call of sample('kill of the shim', calls, 10)) {
      const { options, shim, report: fired } = await traced(['kill', '1', call]);
      expect(fired).not.toContain('hang');
      if (!fired.includes('fired')) continue;
      await gone(shim.pid);
      const { code, stderr } = await deleteCall(options);
      expect({ call, code, stderr }).toEqual({ call, code: 0, stderr: '' });
      expect({ call, left: [shim.path, `${containersRoot}/${options.id}`].filter((path) => existsSync(path)) }).toEqual({ call, left: [] });
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(options.bundle.directory);
    }
  });
});
