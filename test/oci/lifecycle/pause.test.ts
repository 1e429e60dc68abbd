import {
  can,
  created,
  describe,
  exec,
  expect,
  fail,
  newId,
  running,
  runtime,
  startRuntime,
  stateOf,
  stopped,
  succeed,
  test,
  until,
  untilOutput,
  pause,
} from '../harness/index.js';

const counts = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done';

describe.runIf(can.pause)('pause', () => {
  test('stops the processes, and resume continues them', async () => {
    const container = await running({ script: counts });
    await untilOutput(container, /3/);
    succeed(await runtime(['pause', container.id]));
    expect((await stateOf(container.id)).status).toBe('paused');
    await pause(100);
    const before = container.output();
    await pause(200);
    expect(container.output()).toBe(before);
    succeed(await runtime(['resume', container.id]));
    expect((await stateOf(container.id)).status).toBe('running');
    await until('more output', () => container.output() !== before);
  });

  test('of a paused container succeeds, or is an error that changes nothing', async () => {
    const container = await running();
    succeed(await runtime(['pause', container.id]));
    await runtime(['pause', container.id]);
    expect((await stateOf(container.id)).status).toBe('paused');
  });

  test('does not keep KILL from ending the container', async () => {
    const container = await running();
    succeed(await runtime(['pause', container.id]));
    succeed(await runtime(['kill', container.id, 'KILL']));
    await until('stopped', async () => (await stateOf(container.id)).status === 'stopped');
  });

  test('does not keep delete --force from removing the container', async () => {
    const container = await running();
    succeed(await runtime(['pause', container.id]));
    succeed(await runtime(['delete', '--force', container.id]));
    fail(await runtime(['state', container.id]));
  });

  test.runIf(can.runcCommand)('keeps exec from running, unless --ignore-paused is given', async () => {
    const container = await running();
    succeed(await runtime(['pause', container.id]));
    fail(await exec(container.id, ['true']), 255);
    const call = startRuntime(['exec', '--ignore-paused', container.id, 'echo', 'ran']);
    await pause(200);
    succeed(await runtime(['resume', container.id]));
    expect(succeed(await call.done)).toBe('ran');
  });

  test('of a stopped or unknown container fails', async () => {
    fail(await runtime(['pause', (await stopped()).id]));
    fail(await runtime(['pause', newId()]));
  });

  test('of a created container ends when the container is started', async () => {
    const container = await created({ script: 'echo ran' });
    succeed(await runtime(['pause', container.id]));
    succeed(await runtime(['resume', container.id]));
    succeed(await runtime(['start', container.id]));
    await untilOutput(container, /ran/);
  });

  test.runIf(can.runcCommand)('resume of a container that is not paused fails', async () => {
    fail(await runtime(['resume', (await running()).id]));
  });
});
