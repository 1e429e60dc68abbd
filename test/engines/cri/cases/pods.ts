/** Pods: the namespaces that their containers share, with each other or with the host. */
import {
  call,
  describe,
  expect,
  inside,
  messages,
  namespaceMode,
  newPod,
  runInside,
  running,
  succeed,
  test,
  type Pod,
} from '../../harness/cri/engine.js';

const links = (kinds: string): string => `for one in ${kinds}; do readlink /proc/self/ns/$one; done`;
const { node, container, target } = namespaceMode;

async function podState(pod: Pod): Promise<{ readonly ready: boolean; readonly ip: string }> {
  const { status } = await call('PodSandboxStatus', messages.podRequest, { pod_sandbox_id: pod.id }, messages.podStatusResponse);
  return { ready: (status?.state ?? 0) === 0, ip: status?.network?.ip ?? '' };
}

describe('a pod', () => {
  test('has an address, and is ready until it is stopped', async () => {
    const pod = await newPod();
    const { ready, ip } = await podState(pod);
    expect(ready).toBe(true);
    const id = await running(pod);
    expect(await inside(id, 'ip -4 -o addr show dev eth0')).toContain(ip);
    await call('StopPodSandbox', messages.podRequest, { pod_sandbox_id: pod.id }, messages.empty);
    expect((await podState(pod)).ready).toBe(false);
  });

  test('shares network, IPC and host name between its containers, and nothing else', async () => {
    const pod = await newPod();
    const [one, other] = [await running(pod), await running(pod)];
    expect(await inside(one, links('net ipc uts'))).toBe(await inside(other, links('net ipc uts')));
    const own = (await inside(one, links('pid mnt cgroup'))).split('\n');
    const others = await inside(other, links('pid mnt cgroup'));
    expect(own.filter((link) => others.includes(link))).toEqual([]);
    expect(await inside(one, 'hostname')).toBe(pod.config.hostname);
  });

  test('can reach another pod', async () => {
    const [one, other] = [await newPod(), await newPod()];
    await running(one, ['sh', '-c', 'echo between pods | nc -l -p 81']);
    const id = await running(other);
    const { ip } = await podState(one);
    expect(await inside(id, `until nc -w 2 ${ip} 81 < /dev/null; do sleep 0.1; done`)).toBe('between pods');
  });

  test('with one pid namespace shows the processes of all its containers', async () => {
    const options = { namespace_options: { pid: namespaceMode.pod } };
    const pod = await newPod({ security_context: options });
    await running(pod, ['sleep', '4321'], { linux: { security_context: options } });
    const id = await running(pod, ['sleep', '1000'], { linux: { security_context: options } });
    expect(await inside(id, 'ps -o args')).toContain('sleep 4321');
  });

  test.each([
    ['network', { network: node }, 'net'],
    ['pid', { pid: node }, 'pid'],
    ['IPC', { ipc: node }, 'ipc'],
  ] as const)("can use the host's %s namespace", async (_name, of, kind) => {
    const namespace_options = { pid: container, ...of };
    const pod = await newPod({ security_context: { namespace_options } });
    const id = await running(pod, ['sleep', '1000'], { linux: { security_context: { namespace_options } } });
    expect(await inside(id, links(kind))).toBe(await succeed(runInside(['readlink', `/proc/self/ns/${kind}`])));
    for (const other of ['net', 'pid', 'ipc'].filter((one) => one !== kind))
      expect(await inside(id, links(other))).not.toBe(await succeed(runInside(['readlink', `/proc/self/ns/${other}`])));
  });

  test("a container can join another one's pid namespace", async () => {
    const pod = await newPod({ security_context: { namespace_options: { pid: container } } });
    const target_id = await running(pod, ['sleep', '4321'], { linux: { security_context: { namespace_options: { pid: container } } } });
    const id = await running(pod, ['sleep', '1000'], { linux: { security_context: { namespace_options: { pid: target, target_id } } } });
    expect(await inside(id, 'cat /proc/1/cmdline | tr "\\0" " "')).toBe('sleep 4321');
  });

  test('sets sysctls', async () => {
    const pod = await newPod({
      sysctls: [
        { key: 'net.ipv4.ip_forward', value: '1' },
        { key: 'kernel.shm_rmid_forced', value: '1' },
      ],
    });
    expect(await inside(await running(pod), 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced')).toBe('1\n1');
  });

  test('runs ten containers at once', async () => {
    const pod = await newPod();
    const ids = await Promise.all(Array.from({ length: 10 }, async () => running(pod)));
    const { containers } = await call('ListContainers', messages.empty, {}, messages.listContainersResponse);
    expect(containers.filter(({ id = '' }) => ids.includes(id)).map(({ state }) => messages.containerStates[state ?? 0])).toEqual(
      ids.map(() => 'running'),
    );
  });

  test('is removed with running containers in it', async () => {
    const pod = await newPod();
    await running(pod, ['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done']);
    await call('RemovePodSandbox', messages.podRequest, { pod_sandbox_id: pod.id }, messages.empty);
    const { items } = await call('ListPodSandbox', messages.empty, {}, messages.listPodsResponse);
    expect(items).toEqual([]);
  });

  test('with hostUsers: false has a user namespace, and the files of its image belong to it', async () => {
    const ids = [{ host_id: 100_000, container_id: 0, length: 65_536 }];
    const namespace_options = { pid: container, userns_options: { mode: namespaceMode.pod, uids: ids, gids: ids } };
    const pod = await newPod({ security_context: { namespace_options } });
    const id = await running(pod, ['sleep', '1000'], { linux: { security_context: { namespace_options } } });
    expect((await inside(id, 'cat /proc/self/uid_map /proc/self/gid_map')).split(/\s+/).filter((word) => word !== '')).toEqual(
      Array.from({ length: 2 }, () => ['0', '100000', '65536']).flat(),
    );
    expect(await inside(id, 'stat -c %u:%g / /bin/busybox; touch /new && stat -c %u /new')).toBe('0:0\n0:0\n0');
  });
});
