/** Pods with `hostUsers: false`, made and removed beside each other: the layers of their image are mapped for each. */
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
  shims,
  succeed,
  test,
  until,
  type Pod,
} from '../../harness/cri/engine.js';

const idsFrom = (host_id: number) => {
  const ids = [{ host_id, container_id: 0, length: 65_536 }];
  return { namespace_options: { pid: namespaceMode.container, userns_options: { mode: namespaceMode.pod, uids: ids, gids: ids } } };
};

interface Box {
  readonly pod: Pod;
  readonly id: string;
}

async function box(host_id: number): Promise<Box> {
  const security_context = idsFrom(host_id);
  const pod = await newPod({ security_context });
  return { pod, id: await running(pod, ['sleep', '1000'], { linux: { security_context } }) };
}

const remove = ({ pod }: Box) => call('RemovePodSandbox', messages.podRequest, { pod_sandbox_id: pod.id }, messages.empty);
const mounts = () => succeed(runInside(['cat', '/proc/1/mountinfo']));

describe('pods with user namespaces beside each other', () => {
  const [first, second] = [100_000, 200_000];

  test('see and change only their own files of the same image', async () => {
    for (let round = 0; round < 3; round++) {
      const boxes = await Promise.all([box(first), box(second), box(first), box(second)]);
      await Promise.all(boxes.map(({ id }, index) => inside(id, `echo ${index} > /mine; rm /bin/yes`)));
      const seen = await Promise.all(
        boxes.map(({ id }) => inside(id, 'cat /mine; stat -c %u:%g / /bin/busybox /mine; ls /bin/yes || true')),
      );
      expect(seen).toEqual(boxes.map((_, index) => `${index}\n0:0\n0:0\n0:0`));
      const tables = await Promise.all(boxes.map(({ id }) => inside(id, 'cat /proc/self/mountinfo; ls / /proc/self/fd')));
      // Nothing of the host but the names of the layers, which every overlay shows.
      for (const [index, { id }] of boxes.entries())
        for (const other of boxes.filter((one) => one.id !== id)) {
          expect(tables[index]).not.toContain(other.id);
          expect(tables[index]).not.toContain(other.pod.id);
        }
      await Promise.all(boxes.map(remove));
    }
    expect(await mounts()).not.toContain('lowerdir=0');
  });

  test('leave nothing when the shim of one is killed, and the other goes on', async () => {
    const [killed, other] = await Promise.all([box(first), box(second)]);
    await inside(other.id, 'echo kept > /mine');
    const [pid] = (await succeed(runInside(['pgrep', '-f', `containerd-shim-tsrun-v2.*-id ${killed.pod.id}`]))).split('\n');
    await succeed(runInside(['kill', '-KILL', String(pid)]));
    await until('the shim is gone', async () => (await shims()).length === 1);
    expect(await inside(other.id, 'cat /mine; stat -c %u /mine')).toBe('kept\n0');
    await until('the pod of the killed shim is removed', () =>
      remove(killed).then(
        () => true,
        () => undefined,
      ),
    );
    const table = await mounts();
    expect(table).not.toContain(killed.id);
    expect(table).not.toContain(killed.pod.id);
    const again = await box(first);
    expect(await inside(again.id, 'stat -c %u:%g / /bin/busybox')).toBe('0:0\n0:0');
    await Promise.all([remove(other), remove(again)]);
  });
});
