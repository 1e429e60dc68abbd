/** The rows about dockerd itself: when it dies with live-restore, and what it asks of a runtime. */
import { configure, describe, docker, endDockerd, expect, inspect, running, startDockerd, succeed, test } from '../harness/docker.js';

configure({ 'live-restore': true });

describe('live-restore', () => {
  test.each(['TERM', 'KILL'] as const)('after SIG%s of dockerd containers keep running, and can be used again', async (signal) => {
    const id = await running();
    const pid = await inspect(id, '{{.State.Pid}}');
    await endDockerd(signal);
    await startDockerd();
    expect(await inspect(id, '{{.State.Status}} {{.State.Pid}}')).toBe(`running ${pid}`);
    expect(await succeed(docker(['exec', id, 'echo', 'still here']))).toBe('still here');
    await succeed(docker(['stop', id]));
    expect(await inspect(id, '{{.State.ExitCode}}')).toBe('137');
  });
});

test('docker info names the runtime and the driver', async () => {
  expect(await succeed(docker(['info', '--format={{.DefaultRuntime}} {{.CgroupDriver}} {{.CgroupVersion}}']))).toBe('tsrun cgroupfs 2');
});
