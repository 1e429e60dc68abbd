import {
  can,
  created,
  describe,
  expect,
  fail,
  newDirectory,
  newId,
  running,
  runtime,
  stateOf,
  stopped,
  succeed,
  test,
  until,
} from '../harness/index.js';

describe('list', () => {
  test.runIf(can.runcCommand)('--format json contains the states of all containers', async () => {
    const containers = [await created(), await running(), await stopped()];
    const listed = JSON.parse(succeed(await runtime(['list', '--format', 'json']))) as { id: string }[];
    expect(listed.map((one) => one.id).sort()).toEqual(containers.map((one) => one.id).sort());
    // runc's two verbs disagree about the owner.
    const { owner, ...state } = await stateOf(containers[1]?.id ?? '');
    expect(typeof owner).toBe('string');
    expect(listed.find((one) => one.id === state.id)).toMatchObject(state);
  });

  test('-q prints only the ids', async () => {
    const ids = [(await created()).id, (await created()).id];
    expect(
      succeed(await runtime(['list', '-q']))
        .split('\n')
        .sort(),
    ).toEqual(ids.sort());
  });

  test.runIf(can.runcCommand)('prints a table', async () => {
    const container = await running();
    const state = await stateOf(container.id);
    const [head, line] = succeed(await runtime(['list'])).split('\n');
    expect(head?.split(/\s+/)).toEqual(['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER']);
    expect(line?.split(/\s+/).slice(0, 4)).toEqual([container.id, String(state.pid), 'running', container.bundle.directory]);
  });

  test('without containers prints none', async () => {
    expect(JSON.parse(succeed(await runtime(['list', '-f', 'json']))) ?? []).toEqual([]);
    expect(succeed(await runtime(['list', '-q']))).toBe('');
  });

  test('of an empty state root prints none', async () => {
    expect(succeed(await runtime(['list', '-q'], { root: newDirectory() }))).toBe('');
  });

  test('of a missing state root prints none', async () => {
    expect(succeed(await runtime(['list', '-q'], { root: `${newDirectory()}/absent` }))).toBe('');
  });

  test('of a state root that is a file fails', async () => {
    fail(await runtime(['list', '-q'], { root: '/etc/passwd' }));
  });

  // One limit for each descriptor that is opened: with each of them the list must be complete, or an error. Node.js itself aborts with so
  // few.
  test.runIf(can.knowOwnDescriptors)('shows every container even if few descriptors are left', async () => {
    const { id } = await running();
    let failed = 0;
    for (let limit = 4; limit < 12; limit++) {
      const outcome = await runtime(['list', '-q'], { wrapper: ['prlimit', `--nofile=${limit}:${limit}`] });
      if (outcome.code === 0) expect(outcome.stdout.trim(), `limit ${limit}`).toBe(id);
      else failed += 1;
    }
    expect(failed).toBeGreaterThan(0);
  });

  test('with an unknown format fails', async () => {
    fail(await runtime(['list', '--format', 'yaml']));
  });
});

describe('ps', () => {
  test.runIf(can.runcCommand)('--format json contains the pids as the host sees them', async () => {
    const container = await running({ script: 'sleep 1000 & wait' });
    const { pid } = await stateOf(container.id);
    const pids = await until('two processes', async () => {
      const listed = JSON.parse(succeed(await runtime(['ps', '--format', 'json', container.id]))) as number[];
      return listed.length === 2 && listed;
    });
    expect(pids).toContain(pid);
  });

  test.runIf(can.runcCommand)('prints the lines of ps', async () => {
    const container = await running();
    const { pid } = await stateOf(container.id);
    const [head, ...lines] = succeed(await runtime(['ps', container.id])).split('\n');
    expect(head).toMatch(/\bPID\b/);
    expect(lines.map((line) => Number(line.split(/\s+/)[1]))).toEqual([pid]);
  });

  test.runIf(can.runcCommand)('passes arguments to ps', async () => {
    const container = await running();
    const { pid } = await stateOf(container.id);
    const lines = succeed(await runtime(['ps', container.id, '-e', '-o', 'pid,comm'])).split('\n');
    expect(lines.at(-1)?.trim()).toMatch(new RegExp(`^${pid}\\s+sleep$`));
  });

  test.runIf(can.runcCommand)('of an unknown container fails', async () => {
    fail(await runtime(['ps', newId()]));
  });
});
