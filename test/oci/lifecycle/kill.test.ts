import { constants } from 'node:os';
import {
  can,
  created,
  describe,
  expect,
  fail,
  isAlive,
  newId,
  running,
  runtime,
  stateOf,
  stopped,
  succeed,
  test,
  until,
  untilOutput,
  untilStatus,
  withoutNamespace,
} from '../harness/index.js';

const listens = 'for s in HUP USR1 TERM; do trap "echo got $s" $s; done; echo ready; while :; do sleep 0.02; done';

describe('kill', () => {
  test.each(['USR1', 'SIGUSR1', String(constants.signals.SIGUSR1)])('sends %s', async (signal) => {
    const container = await running({ script: listens });
    await untilOutput(container, /ready/);
    succeed(await runtime(['kill', container.id, signal]));
    await untilOutput(container, /got USR1/);
  });

  test('sends TERM by default', async () => {
    const container = await running({ script: listens });
    await untilOutput(container, /ready/);
    succeed(await runtime(['kill', container.id]));
    await untilOutput(container, /got TERM/);
  });

  test.each(['KILL', '9', 'SIGKILL'])('%s stops the container', async (signal) => {
    const container = await running();
    succeed(await runtime(['kill', container.id, signal]));
    await untilStatus(container.id, 'stopped');
  });

  test('KILL stops a container that is created but not started', async () => {
    const container = await created();
    succeed(await runtime(['kill', container.id, 'KILL']));
    await untilStatus(container.id, 'stopped');
  });

  // The inits of runc and crun differ: crun's is protected by its pid namespace.
  test.runIf(can.runcCommand).each(['TERM', 'INT', 'HUP'])('%s stops a container that is created but not started', async (signal) => {
    const container = await created();
    succeed(await runtime(['kill', container.id, signal]));
    await untilStatus(container.id, 'stopped');
  });

  test.each(['--all', '-a'])('%s KILL ends every process', async (flag) => {
    const container = await running({ script: 'sleep 1000 & echo child $!; wait', config: (config) => withoutNamespace(config, 'pid') });
    const child = Number((await untilOutput(container, /child (\d+)/))[1]);
    const { pid } = await stateOf(container.id);
    succeed(await runtime(['kill', flag, container.id, 'KILL']));
    await untilStatus(container.id, 'stopped');
    // The kernel kills them all at once, but they end one after the other.
    await until('every process has ended', () => ![pid, child].some(isAlive));
  });

  test('fails for a stopped container', async () => {
    const container = await stopped();
    fail(await runtime(['kill', container.id, 'KILL']));
  });

  test('fails for an unknown container', async () => {
    fail(await runtime(['kill', newId(), 'KILL']));
  });

  test.each(['BOGUS', '99', ...(can.runcCommand ? ['1x'] : [])])('with signal "%s" fails, and sends nothing', async (signal) => {
    const container = await running();
    fail(await runtime(['kill', container.id, signal]));
    expect((await stateOf(container.id)).status).toBe('running');
  });
});
