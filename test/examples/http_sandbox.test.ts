import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterTest, expect, makeBundle, stateRoot, test, until } from '../oci/harness/index.js';
import { compile, exitOf } from './harness/example.js';

const containers = (): readonly string[] => readdirSync(stateRoot).filter((name) => !name.startsWith('@'));

async function startServer() {
  const child = spawn(process.execPath, [await compile('http-sandbox.ts'), makeBundle().rootfs, '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = exitOf(child);
  afterTest(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const url = `http://127.0.0.1:${/"port":(\d+)/.exec(line)?.[1] ?? line}/`;
  const post = async (body: string, signal: AbortSignal | null = null) => {
    const response = await fetch(url, { method: 'POST', body, signal });
    return { status: response.status, ...((await response.json()) as object) };
  };
  return { child, ended, url, post };
}

test('runs the script of each request in a container and answers with what it wrote', async () => {
  const { child, ended, url, post } = await startServer();
  const answers = await Promise.all(['id -u', 'echo wrong >&2; exit 3', 'touch /x || ls /sys/class/net'].map((script) => post(script)));
  expect(answers).toEqual([
    { status: 200, code: 0, signal: null, stdout: '65534\n', stderr: '', reachedLimits: [] },
    { status: 200, code: 3, signal: null, stdout: '', stderr: 'wrong\n', reachedLimits: [] },
    { status: 200, code: 0, signal: null, stdout: 'lo\n', stderr: 'touch: /x: Read-only file system\n', reachedLimits: [] },
  ]);
  expect((await fetch(url)).status).toBe(405);
  expect(await post('#'.repeat(70_000))).toMatchObject({ status: 413 });
  const flood = 'run: the standard output of the program is longer than 1048576 bytes';
  expect(await post('yes')).toMatchObject({ status: 422, error: flood, stdout: 'y\n'.repeat(1 << 19) });
  expect(containers()).toEqual([]);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('refuses more requests than it may run, and ends the containers of clients that have gone', async () => {
  const { post } = await startServer();
  const leave = new AbortController();
  const waiting = Array.from({ length: 8 }, () => post('sleep 1000', leave.signal).catch(() => 'gone'));
  await until('all run', () => containers().length === 8);
  expect(await post('true')).toMatchObject({ status: 503 });
  leave.abort();
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 8 }, () => 'gone'));
  await until('no container is left', () => containers().length === 0);
  await until('there is room again', async () => (await post('echo again')).status === 200);
});
