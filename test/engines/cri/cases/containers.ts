/** Containers of a pod: their life, what they are given, exec without streams, statistics. */
import { writeFileSync } from 'node:fs';
import {
  call,
  createContainer,
  describe,
  execSync,
  exitCodeOf,
  expect,
  GrpcError,
  hasController,
  inside,
  isThroughShim,
  logOf,
  messages,
  newDirectory,
  newPod,
  running,
  startContainer,
  statusOf,
  test,
  until,
} from '../../harness/cri/engine.js';

const status = (field: string): string => `grep ^${field}: /proc/self/status | cut -f 2`;

async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof GrpcError) return error.message;
    throw error;
  }
  throw new Error('the call succeeded');
}

describe('a container', () => {
  test('is created, runs, is stopped and removed', async () => {
    const pod = await newPod();
    const id = await createContainer(pod, ['sleep', '1000']);
    expect((await statusOf(id)).is).toBe('created');
    await startContainer(id);
    expect((await statusOf(id)).is).toBe('running');
    await call('StopContainer', messages.stopRequest, { container_id: id, timeout: 0 }, messages.empty);
    expect(await statusOf(id)).toMatchObject({ is: 'exited', exit_code: 137 });
    await call('RemoveContainer', messages.containerRequest, { container_id: id }, messages.empty);
    expect(await failure(statusOf(id))).toContain('not found');
  });

  test.each([0, 3])('ends with the exit code %i of its program, and its log has what it wrote', async (code) => {
    const pod = await newPod();
    const id = await running(pod, ['sh', '-c', `echo out; echo err >&2; exit ${code}`], { log_path: `ended-${code}.log` });
    expect(await exitCodeOf(id)).toBe(code);
    expect(await statusOf(id)).toMatchObject({ reason: code === 0 ? 'Completed' : 'Error' });
    expect([...logOf(`ended-${code}.log`)].sort()).toEqual(['stderr F err', 'stdout F out'].sort());
  });

  test('is told to stop by SIGTERM, and killed when its time is over', async () => {
    const pod = await newPod();
    const stopped = await running(pod, ['sh', '-c', 'trap "exit 5" TERM; touch /ready; while :; do sleep 0.05; done']);
    await until('the trap is set', async () => (await execSync(stopped, ['test', '-e', '/ready'])).code === 0);
    await call('StopContainer', messages.stopRequest, { container_id: stopped, timeout: 10 }, messages.empty);
    expect(await exitCodeOf(stopped)).toBe(5);
    const deaf = await running(pod, ['sh', '-c', 'trap "" TERM; while :; do sleep 0.05; done']);
    await call('StopContainer', messages.stopRequest, { container_id: deaf, timeout: 1 }, messages.empty);
    expect(await exitCodeOf(deaf)).toBe(137);
  });

  test('whose program does not exist cannot be started, and says so', async () => {
    const pod = await newPod();
    const id = await createContainer(pod, ['no-such-program']);
    expect(await failure(startContainer(id))).toMatch(/executable file .*not found/);
    expect(await statusOf(id)).toMatchObject({ is: 'exited', exit_code: 128, reason: 'StartError' });
  });

  test('gets its environment, directory, user and mounts', async () => {
    const directory = newDirectory();
    writeFileSync(`${directory}/file`, 'shared\n');
    const id = await running(await newPod(), ['sleep', '1000'], {
      working_dir: '/tmp',
      envs: [{ key: 'COLOUR', value: 'blue' }],
      mounts: [{ container_path: '/data', host_path: directory, readonly: true }],
      linux: { security_context: { run_as_user: { value: 1000 }, run_as_group: { value: 1001 } } },
    });
    expect(await inside(id, 'id -u; id -g; pwd; echo $COLOUR; cat /data/file; touch /data/x 2> /dev/null || echo read-only')).toBe(
      '1000\n1001\n/tmp\nblue\nshared\nread-only',
    );
  });

  test('has the capabilities, the filter and the read-only root that it is given', async () => {
    const pod = await newPod();
    const security_context = { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] }, readonly_rootfs: true, no_new_privs: true };
    const id = await running(pod, ['sleep', '1000'], { linux: { security_context } });
    expect(await inside(id, `${status('CapEff')}; ${status('NoNewPrivs')}; touch /x 2> /dev/null || echo read-only`)).toBe(
      '0000000000001000\n1\nread-only',
    );
  });

  test('that is privileged may mount', async () => {
    const pod = await newPod({ security_context: { privileged: true } });
    const id = await running(pod, ['sleep', '1000'], { linux: { security_context: { privileged: true } } });
    expect(await inside(id, `mount -t tmpfs none /tmp && echo mounted; ${status('Seccomp')}`)).toBe('mounted\n0');
  });

  test('gets new limits while it runs', async () => {
    const id = await running(await newPod());
    const update = call(
      'UpdateContainerResources',
      messages.updateRequest,
      { container_id: id, linux: { memory_limit_in_bytes: 64 << 20 } },
      messages.empty,
    );
    if (hasController('memory')) {
      await update;
      expect(await inside(id, 'cat /sys/fs/cgroup/memory.max')).toBe(String(64 << 20));
    } else expect(await failure(update)).toMatch(/memory/);
    expect((await statusOf(id)).is).toBe('running');
  });
});

describe('ExecSync', () => {
  test('returns output, standard error and the exit code', async () => {
    const id = await running(await newPod());
    expect(await execSync(id, ['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({ code: 3, stdout: 'out', stderr: 'err\n' });
  });

  test('returns much output whole', async () => {
    const id = await running(await newPod());
    expect((await execSync(id, ['sh', '-c', 'seq 1 200000'])).stdout.length).toBe(1_288_894);
  });

  test('ends a process that takes too long', async () => {
    const id = await running(await newPod());
    expect(await failure(execSync(id, ['sleep', '4321'], 1))).toMatch(/timeout/);
    await until('it has ended', async () => !(await inside(id, 'ps -o args')).includes('sleep 4321'));
  });

  test('reports a program that does not exist', async () => {
    const id = await running(await newPod());
    expect(await failure(execSync(id, ['no-such-program']))).toMatch(/executable file .*not found/);
  });

  test('runs twenty at once', async () => {
    const id = await running(await newPod());
    const all = await Promise.all(
      Array.from({ length: 20 }, (_one, number) => execSync(id, ['sh', '-c', `echo ${number}; exit ${number}`], 60)),
    );
    expect(all.map(({ code, stdout }) => [code, stdout])).toEqual(all.map((_one, number) => [number, String(number)]));
  });
});

describe('statistics', () => {
  test('of a container have its processor time', async () => {
    const id = await running(await newPod(), ['sh', '-c', 'while :; do :; done']);
    await until('it has used the processor', async () => {
      const { stats } = await call('ContainerStats', messages.containerRequest, { container_id: id }, messages.statsResponse);
      // containerd's own shim reads it only where the controller is.
      const isCounted = (stats?.cpu?.usage_core_nano_seconds?.value ?? 0) > 0;
      return stats?.attributes?.id === id && (isCounted || !(isThroughShim() || hasController('cpu')));
    });
  });

  test('of all containers and of the pod name each of them', async () => {
    const pod = await newPod();
    const ids = [await running(pod), await running(pod)].sort();
    const { stats: listed } = await call('ListContainerStats', messages.empty, {}, messages.listStatsResponse);
    expect(listed.map(({ attributes }) => attributes?.id ?? '').sort()).toEqual(ids);
    if (!hasController('memory')) return;
    const { stats } = await call('PodSandboxStats', messages.podRequest, { pod_sandbox_id: pod.id }, messages.podStatsResponse);
    expect((stats?.linux?.containers ?? []).map(({ attributes }) => attributes?.id ?? '').sort()).toEqual(ids);
  });
});
