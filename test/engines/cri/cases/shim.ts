/** What only tsrun's shim does: one process for a pod, which stays when containerd dies. */
import {
  describe,
  execSync,
  exitCodeOf,
  expect,
  killContainerd,
  newPod,
  runInside,
  running,
  shims,
  startContainerd,
  statusOf,
  succeed,
  test,
} from '../../harness/cri/engine.js';
import { runtimePath } from '../../harness/runtime_path.js';

describe('a pod of the shim', () => {
  test('has one process for all of its containers, without threads', async () => {
    const pod = await newPod();
    for (let index = 0; index < 3; index += 1) await running(pod);
    const [pid, ...others] = await shims();
    expect(others).toEqual([]);
    expect(await succeed(runInside(['sh', '-c', `ls /proc/${pid}/task | wc -l`]))).toBe('1');
  });

  test('has its containers in the state root, where the command finds them', async () => {
    const pod = await newPod();
    const id = await running(pod);
    const listed = await succeed(runInside([runtimePath, '--root', '/run/containerd/runc/k8s.io', 'list', '--quiet']));
    expect(listed.split('\n').sort()).toEqual([pod.id, id].sort());
  });

  test('continues when containerd is killed, and ends as it would have', async () => {
    const pod = await newPod();
    const id = await running(pod);
    const ending = await running(pod, ['sh', '-c', 'until [ -e /tmp/end ]; do sleep 0.05; done; exit 6']);
    const before = await shims();
    await succeed(runInside(['sh', '-c', `(sleep 2; touch /proc/$(pgrep -f 'until \\[ -e' | head -n 1)/root/tmp/end) > /dev/null 2>&1 &`]));
    await killContainerd();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await startContainerd();
    expect(await shims()).toEqual(before);
    expect((await statusOf(id)).is).toBe('running');
    expect((await execSync(id, ['echo', 'still here'])).stdout).toBe('still here');
    expect(await exitCodeOf(ending)).toBe(6);
  });
});
