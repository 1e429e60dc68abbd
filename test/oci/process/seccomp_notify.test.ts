import { existsSync } from 'node:fs';
import {
  afterTest,
  can,
  created,
  describe,
  execInside,
  expect,
  fail,
  makeBundle,
  newId,
  newPath,
  program,
  refused,
  run,
  runtime,
  running,
  start,
  stateOf,
  succeed,
  test,
  until,
  untilOutput,
  untilStatus,
  type Config,
  type State,
} from '../harness/index.js';

/** The document of "The Container Process State" (config-linux.md, "Seccomp"). */
interface ProcessState {
  readonly ociVersion: string;
  readonly fds: readonly string[];
  readonly pid: number;
  readonly metadata?: string;
  readonly state: State;
}

interface Agent {
  readonly path: string;
  /** The state of every listener that it received. */
  states(): readonly ProcessState[];
  /** The numbers of the system calls that it was asked about. */
  calls(): readonly number[];
}

/** test/programs/seccomp_agent.c: mkdir fails with EOPNOTSUPP, everything else continues. */
async function agent(): Promise<Agent> {
  const path = newPath('.sock');
  const started = start([program('seccomp_agent'), path]);
  afterTest(() => {
    started.child.kill('SIGKILL');
    return started.done.catch(() => undefined);
  });
  await until('the agent listens', () => existsSync(path));
  const lines = (word: string): string[] =>
    started
      .output()
      .split('\n')
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1));
  return { path, states: () => lines('state').map((text) => JSON.parse(text) as ProcessState), calls: () => lines('call').map(Number) };
}

const notify =
  (listenerPath: string, names: readonly string[] = ['mkdir', 'mkdirat'], more: Record<string, unknown> = {}) =>
  (config: Config) => {
    config.linux['seccomp'] = {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'],
      listenerPath,
      listenerMetadata: 'for the agent',
      syscalls: [{ names, action: 'SCMP_ACT_NOTIFY' }],
      ...more,
    };
  };

const attempt = 'mkdir /dev/shm/x 2>&1 && echo made; true';

describe('SCMP_ACT_NOTIFY', () => {
  test('gives the agent the listener and the state with create and start, and uses its answer', async () => {
    const { path, states } = await agent();
    const container = await created({ script: `${attempt}; sleep 1000`, config: notify(path) });
    succeed(await runtime(['start', container.id]));
    await untilOutput(container, /not supported/);
    const [state] = states();
    const { pid, bundle } = await stateOf(container.id);
    expect(state).toMatchObject({ fds: ['seccompFd'], pid, metadata: 'for the agent', state: { id: container.id, pid, bundle } });
  });

  test('works with run', async () => {
    const { path, states } = await agent();
    const id = newId();
    expect(succeed(await run(makeBundle({ script: attempt, config: notify(path) }), { id }))).toMatch(/not supported/);
    expect(states()).toHaveLength(1);
    expect(states()[0]?.state.id).toBe(id);
  });

  test('gives exec its own listener', async () => {
    const { path, states } = await agent();
    const container = await running({ config: notify(path) });
    expect(await execInside(container.id, attempt)).toMatch(/not supported/);
    const { pid } = await stateOf(container.id);
    expect(states().map((state) => state.pid === pid)).toEqual([true, false]);
    expect(states()[1]?.state).toMatchObject({ id: container.id, status: 'running', ...(can.agentStatePid ? { pid } : {}) });
  });

  test('does not hang the runtime if the profile asks about calls that it uses itself', async () => {
    const { path, calls } = await agent();
    const own = [
      'read',
      'close',
      'execve',
      'execveat',
      'prctl',
      'capset',
      'setuid',
      'setgid',
      'setresuid',
      'setresgid',
      'setgroups',
      'close_range',
      'openat',
      'fcntl',
      'exit_group',
    ];
    expect(succeed(await run(makeBundle({ script: `${attempt}; echo done`, config: notify(path, [...own, 'mkdir', 'mkdirat']) })))).toMatch(
      /not supported[^]*done/,
    );
    expect(calls().length).toBeGreaterThan(1);
  });

  test('does not hang the runtime if the filter is loaded early, without noNewPrivileges', async () => {
    const { path } = await agent();
    const config = (one: Config): void => {
      one.process.noNewPrivileges = false;
      notify(path, ['read', 'close', 'prctl', 'capset', 'setgid', 'setuid', 'setresuid', 'setresgid', 'mkdir', 'mkdirat'])(one);
    };
    expect(succeed(await run(makeBundle({ script: `${attempt}; echo done`, config })))).toMatch(/not supported[^]*done/);
  });

  test('without an agent keeps the program from running', async () => {
    expect(fail(await run(makeBundle({ args: ['true'], config: notify(newPath('.sock')) })))).toMatch(
      can.runcCommand ? /failed to connect with seccomp agent/ : /seccomp|listener|connect/,
    );
  });

  // The peers connect at create.
  test.runIf(can.tsrun)('without an agent makes start fail, and leaves no process behind', async () => {
    const container = await created({ config: notify(newPath('.sock')) });
    expect(fail(await runtime(['start', container.id]))).toMatch(/seccomp|listener|connect/);
    await untilStatus(container.id, 'stopped');
  });

  test.runIf(can.runcCommand)('without listenerPath is refused', async () => {
    await refused((config) => {
      notify('')(config);
      delete (config.linux['seccomp'] as Record<string, unknown>)['listenerPath'];
    });
  });

  test.runIf(can.runcCommand)('as the default action, or for write, is refused', async () => {
    expect(await refused(notify('/run/agent', ['mkdir'], { defaultAction: 'SCMP_ACT_NOTIFY' }))).toContain(
      'SCMP_ACT_NOTIFY cannot be used as default action',
    );
    expect(await refused(notify('/run/agent', ['write']))).toContain('SCMP_ACT_NOTIFY cannot be used for the write syscall');
  });

  test.runIf(can.listenerFlags)('works with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, and with TSYNC', async () => {
    const { path } = await agent();
    const flags = ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', 'SECCOMP_FILTER_FLAG_TSYNC'];
    expect(succeed(await run(makeBundle({ script: attempt, config: notify(path, ['mkdir', 'mkdirat'], { flags }) })))).toMatch(
      /not supported/,
    );
  });
});
