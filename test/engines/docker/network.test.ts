/** The rows about networks, and compose, which makes one. */
import { writeFileSync } from 'node:fs';
import {
  describe,
  docker,
  expect,
  image,
  inspect,
  newDirectory,
  run,
  running,
  runInside,
  socket,
  succeed,
  test,
  until,
} from '../harness/docker.js';

const serve = (text: string): readonly string[] => ['sh', '-c', `while :; do echo ${text} | nc -l -p 80; done`];
const ask = (host: string): readonly string[] => ['sh', '-c', `until nc -w 2 ${host} 80 < /dev/null; do sleep 0.1; done`];

/** Runs `work` with networks that it may use. */
async function withNetworks(names: readonly string[], work: () => Promise<void>): Promise<void> {
  for (const name of names) await succeed(docker(['network', 'create', name]));
  await work();
  await succeed(docker(['network', 'rm', ...names]));
}

describe('networks', () => {
  test('bridge: an address, and another container at it', async () => {
    const id = await running(serve('bridged'), ['--network=bridge']);
    const address = await inspect(id, '{{.NetworkSettings.IPAddress}}');
    expect(address).toMatch(/^172\.17\./);
    expect(await succeed(run(ask(address), ['--network=bridge']))).toBe('bridged');
  });

  test('a network of its own: names', async () => {
    await withNetworks(['named'], async () => {
      const id = await running(serve('by name'), ['--network=named', '--name=server', '--network-alias=alias']);
      expect(await succeed(run(ask('server'), ['--network=named']))).toBe('by name');
      expect(await succeed(run(ask('alias'), ['--network=named']))).toBe('by name');
      await succeed(docker(['rm', '--force', id]));
    });
  });

  test('a container in two networks', async () => {
    await withNetworks(['left', 'right'], async () => {
      const id = await running(serve('both'), ['--network=left', '--name=middle']);
      await succeed(docker(['network', 'connect', 'right', id]));
      expect(await succeed(docker(['exec', id, 'sh', '-c', 'ls -d /sys/class/net/eth* | wc -l']))).toBe('2');
      for (const network of ['left', 'right']) expect(await succeed(run(ask('middle'), [`--network=${network}`]))).toBe('both');
      await succeed(docker(['network', 'disconnect', 'left', id]));
      expect(await succeed(docker(['exec', id, 'sh', '-c', 'ls -d /sys/class/net/eth* | wc -l']))).toBe('1');
      await succeed(docker(['rm', '--force', id]));
    });
  });

  test('a published port', async () => {
    await running(serve('published'), ['--network=bridge', '--publish=127.0.0.1:8080:80']);
    const answer = await until('an answer', async () => {
      const { stdout } = await runInside(['busybox', 'nc', '-w', '2', '127.0.0.1', '8080']);
      return stdout === '' ? undefined : stdout;
    });
    expect(answer).toBe('published\n');
  });

  test("container: another container's network", async () => {
    const id = await running(serve('shared'), ['--network=bridge']);
    expect(await succeed(run(ask('127.0.0.1'), [`--network=container:${id}`]))).toBe('shared');
  });
});

test('compose with two services', async () => {
  const directory = newDirectory();
  const services = { server: { image, command: serve('composed') }, client: { image, command: ask('server'), depends_on: ['server'] } };
  const file = `${directory}/compose.yml`;
  writeFileSync(file, JSON.stringify({ version: '3', services }));
  const compose = (...args: readonly string[]) =>
    runInside(['docker-compose', '--host', `unix://${socket}`, '--file', file, '--project-name', 'pair', ...args], { timeout: 60_000 });
  const { stdout, stderr } = await compose('up', '--abort-on-container-exit', '--exit-code-from', 'client', '--timeout', '0');
  expect(stdout, stderr).toContain('composed');
  await succeed(compose('down', '--volumes', '--timeout', '0'));
});
