import { describe, expect, image, podman, run, running, succeed, test } from '../harness/podman.js';

/**
 * Creates a pod whose first container, which holds the namespaces, uses the test's own image. Its containers are not in the pod's cgroup,
 * because podman 4.3 attaches a device filter to that cgroup that allows no device, with every runtime.
 */
function makePod(flags: readonly string[] = []): Promise<string> {
  return succeed(
    podman(['pod', 'create', '--network=none', '--share-parent=false', `--infra-image=${image}`, '--infra-command=sleep 100000', ...flags]),
  );
}

const namespacesOf = (kinds: string): readonly string[] => ['sh', '-c', `for kind in ${kinds}; do readlink /proc/self/ns/$kind; done`];

describe('pods under podman', () => {
  test('containers share network, IPC and host name, and nothing else', async () => {
    const pod = await makePod();
    const shared = namespacesOf('net ipc uts');
    expect(await succeed(run(shared, [`--pod=${pod}`]))).toBe(await succeed(run(shared, [`--pod=${pod}`])));
    const own = namespacesOf('pid mnt');
    const id = await running(['sleep', '1000'], [`--pod=${pod}`]);
    const [one, other] = [await succeed(podman(['exec', id, ...own])), await succeed(run(own, [`--pod=${pod}`]))];
    expect(one.split('\n').filter((name) => other.includes(name))).toEqual([]);
  });

  test('containers reach each other at localhost', async () => {
    const pod = await makePod();
    await succeed(podman(['run', '--detach', `--pod=${pod}`, image, 'sh', '-c', 'echo within the pod | nc -l -p 81']));
    expect(await succeed(run(['sh', '-c', 'until nc -w 2 127.0.0.1 81 < /dev/null; do sleep 0.1; done'], [`--pod=${pod}`]))).toBe(
      'within the pod',
    );
  });

  test('--share=pid shows the processes of all containers', async () => {
    const pod = await makePod(['--share=pid']);
    await succeed(podman(['run', '--detach', '--network=none', `--pod=${pod}`, image, 'sleep', '4321']));
    expect(await succeed(run(['ps', '-o', 'args'], ['--network=none', `--pod=${pod}`]))).toContain('sleep 4321');
  });

  test('containers can share a user namespace', async () => {
    const pod = await makePod(['--uidmap=0:100000:5000']);
    const text = await succeed(run(['sh', '-c', 'cat /proc/self/uid_map; readlink /proc/self/ns/user'], [`--pod=${pod}`]));
    expect(text.trim().split(/\s+/).slice(0, 3)).toEqual(['0', '100000', '5000']);
    expect(await succeed(run(['readlink', '/proc/self/ns/user'], [`--pod=${pod}`]))).toBe(text.split('\n')[1]);
  });

  test('a pod can be stopped, started, paused and removed', async () => {
    const pod = await makePod();
    await succeed(podman(['run', '--detach', `--pod=${pod}`, image, 'sleep', '1000']));
    const state = (): Promise<string> => succeed(podman(['pod', 'inspect', '--format', '{{.State}}', pod]));
    expect(await state()).toBe('Running');
    await succeed(podman(['pod', 'pause', pod]));
    expect(await state()).toBe('Paused');
    await succeed(podman(['pod', 'unpause', pod]));
    await succeed(podman(['pod', 'stop', '--time=0', pod]));
    expect(await state()).toBe('Exited');
    await succeed(podman(['pod', 'start', pod]));
    expect(await state()).toBe('Running');
    await succeed(podman(['pod', 'rm', '--force', '--time=0', pod]));
  });
});
