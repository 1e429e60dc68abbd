import { describe, expect, inspect, podman, run, running, succeed, test, until } from '../harness/podman.js';

const inside = (script: string, flags: readonly string[]) => succeed(run(['sh', '-c', script], flags));
const interfaces = 'ls /sys/class/net';

describe('networks under podman', () => {
  test('none has only the loopback interface, which is up', async () => {
    expect(
      await inside(`${interfaces}; ping -c 1 -w 2 127.0.0.1 > /dev/null && echo answer`, ['--network=none', '--cap-add=net_raw']),
    ).toBe('lo\nanswer');
  });

  test("host is the host's network", async () => {
    const id = await running(undefined, ['--network=bridge']);
    expect((await inside(interfaces, ['--network=host'])).split('\n')).toContain('podman0');
    await succeed(podman(['rm', '--force', '--time=0', id]));
  });

  test('two containers reach each other over a bridge', async () => {
    const server = await running(['sh', '-c', 'while :; do echo from the server | nc -l -p 80; done'], ['--network=bridge']);
    const address = await inspect(server, '{{.NetworkSettings.IPAddress}}');
    expect(address).toMatch(/^10\.88\./);
    const client = ['sh', '-c', `until nc -w 2 ${address} 80 < /dev/null; do sleep 0.1; done`];
    expect(await succeed(run(client, ['--network=bridge']))).toBe('from the server');
  });

  test('a custom network has its subnet', async () => {
    await succeed(podman(['network', 'create', '--disable-dns', '--subnet=10.99.7.0/24', 'own']));
    expect(await inside('ip -4 -o address show eth0 | awk "{print \\$4}"', ['--network=own'])).toMatch(/^10\.99\.7\.\d+\/24$/);
    await succeed(podman(['network', 'rm', 'own']));
  });

  test('the network is removed with the container', async () => {
    const id = await running(undefined, ['--network=bridge']);
    await succeed(podman(['rm', '--force', '--time=0', id]));
    await until('no interface on the bridge', async () => {
      const text = await inside('ip -o link show', ['--network=host']);
      return !/master podman0/.test(text);
    });
  });
});
