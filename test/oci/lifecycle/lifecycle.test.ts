import { readFileSync } from 'node:fs';
import {
  can,
  created,
  describe,
  expect,
  fail,
  isAlive,
  makeBundle,
  newId,
  newPath,
  run,
  running,
  runtime,
  stateOf,
  stopped,
  succeed,
  test,
  untilOutput,
  untilStatus,
  withoutNamespace,
} from '../harness/index.js';

describe('create and start', () => {
  test('create prepares the container, whose program waits', async () => {
    const container = await created({ script: 'echo ran' });
    expect((await stateOf(container.id)).status).toBe('created');
    expect(container.output()).toBe('');
  });

  test('start runs the program', async () => {
    const container = await created({ script: 'echo ran; sleep 1000' });
    succeed(await runtime(['start', container.id]));
    await untilOutput(container, /ran/);
    expect((await stateOf(container.id)).status).toBe('running');
  });

  test('a container whose program has ended is stopped', async () => {
    const container = await stopped();
    expect((await stateOf(container.id)).status).toBe('stopped');
  });

  test('create prints nothing', async () => {
    const bundle = makeBundle();
    const outcome = await runtime(['create', '--bundle', bundle.directory, newId()]);
    expect(outcome).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('the bundle defaults to the working directory', async () => {
    const bundle = makeBundle({ script: 'echo here' });
    expect(succeed(await runtime(['run', newId()], { cwd: bundle.directory }))).toBe('here');
  });

  test('the bundle may be a relative path', async () => {
    const bundle = makeBundle({ script: 'echo here' });
    expect(succeed(await runtime(['run', '-b', '.', newId()], { cwd: bundle.directory }))).toBe('here');
  });

  test('changes of config.json after create have no effect', async () => {
    const container = await created({ script: 'echo old' });
    container.bundle.config.process.args = ['echo', 'new'];
    container.bundle.save();
    succeed(await runtime(['start', container.id]));
    await untilOutput(container, /old/);
  });
});

describe("a verb that does not fit the container's status is refused", () => {
  test('start of a running container', async () => {
    const container = await running();
    fail(await runtime(['start', container.id]));
    expect((await stateOf(container.id)).status).toBe('running');
  });

  test('start of a stopped container', async () => {
    const container = await stopped();
    fail(await runtime(['start', container.id]));
  });

  test('create with an id in use, which leaves the old container alone', async () => {
    const container = await running();
    fail(await runtime(['create', '--bundle', container.bundle.directory, container.id]));
    expect((await stateOf(container.id)).status).toBe('running');
  });

  test('run with an id in use', async () => {
    const container = await created();
    fail(await run(container.bundle, { id: container.id }));
  });
});

describe('delete', () => {
  test('removes a stopped container', async () => {
    const container = await stopped();
    succeed(await runtime(['delete', container.id]));
    fail(await runtime(['state', container.id]));
  });

  test('frees the id for another container', async () => {
    const container = await stopped();
    succeed(await runtime(['delete', container.id]));
    succeed(await runtime(['create', '--bundle', container.bundle.directory, container.id]));
  });

  test('of a created container kills its init', async () => {
    const container = await created();
    const { pid } = await stateOf(container.id);
    succeed(await runtime(['delete', container.id]));
    expect(isAlive(pid)).toBe(false);
  });

  test('of a running container is refused', async () => {
    const container = await running();
    fail(await runtime(['delete', container.id]));
    expect((await stateOf(container.id)).status).toBe('running');
  });

  test.each(['--force', '-f', ...(can.runcCommand ? ['-force'] : [])])('%s removes a running container', async (flag) => {
    const container = await running();
    succeed(await runtime(['delete', flag, container.id]));
    fail(await runtime(['state', container.id]));
  });

  test('of a deleted container fails', async () => {
    const container = await stopped();
    succeed(await runtime(['delete', container.id]));
    fail(await runtime(['delete', container.id]));
  });

  test('--force of an unknown id succeeds', async () => {
    expect(await runtime(['delete', '--force', newId()])).toMatchObject({ code: 0 });
  });

  test.runIf(can.deleteByExpression)('--regex removes all containers whose id matches', async () => {
    const [first, second, other] = [await stopped(), await running(), await stopped()];
    succeed(await runtime(['delete', '--force', '--regex', `^(${first.id}|${second.id})$`]));
    fail(await runtime(['state', first.id]));
    fail(await runtime(['state', second.id]));
    expect((await stateOf(other.id)).status).toBe('stopped');
  });

  test.runIf(can.tsrun)('rejects an invalid --regex and deletes nothing', async () => {
    const container = await stopped();
    expect(fail(await runtime(['delete', '--force', '--regex', '(']))).toContain('invalid regular expression');
    expect((await stateOf(container.id)).status).toBe('stopped');
  });

  test('--force ends the processes that the program left behind', async () => {
    const container = await running({
      script: 'sleep 1000 & sleep 1000 & echo ready; wait',
      config: (config) => {
        withoutNamespace(config, 'pid');
      },
    });
    await untilOutput(container, /ready/);
    succeed(await runtime(['delete', '--force', container.id]));
  });
});

describe('pid file', () => {
  test("create writes the init's pid without a newline", async () => {
    const pidFile = newPath('.pid');
    const container = await created({ flags: ['--pid-file', pidFile] });
    expect(readFileSync(pidFile, 'utf8')).toBe(String((await stateOf(container.id)).pid));
  });

  test('run --detach writes it, too', async () => {
    const pidFile = newPath('.pid');
    const id = newId();
    succeed(await run(makeBundle(), { id, flags: ['--detach', `--pid-file=${pidFile}`] }));
    expect(readFileSync(pidFile, 'utf8')).toBe(String((await untilStatus(id, 'running')).pid));
  });
});
