import { renameSync, writeFileSync } from 'node:fs';
import {
  can,
  created,
  describe,
  exec,
  expect,
  fail,
  makeBundle,
  newDirectory,
  newPath,
  run,
  running,
  runtime,
  succeed,
  test,
  type Config,
} from '../harness/index.js';

describe('exec refuses what create refuses', () => {
  test.runIf(can.tsrun)('environment variables without a name', async () => {
    const { id } = await running();
    for (const entry of ['NOEQ', '=x', ''])
      expect(fail(await exec(id, ['true'], ['-e', entry]), 255)).toContain('must be of the form NAME=value');
  });

  test('working directories that are not absolute', async () => {
    const { id } = await running();
    const outcome = await exec(id, ['true'], ['--cwd', 'tmp']);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toMatch(/absolute path|cwd/i);
  });

  test.runIf(can.tsrun)('bad limits, schedulers and variables in a process document', async () => {
    const { id } = await running();
    const wrong: readonly (readonly [string, object])[] = [
      ['/process/rlimits/0/soft', { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 2, hard: 1 }] }],
      ['/process/rlimits/1/type', { rlimits: [1, 2].map((hard) => ({ type: 'RLIMIT_NOFILE', soft: 1, hard })) }],
      ['/process/scheduler/priority', { scheduler: { policy: 'SCHED_FIFO' } }],
      ['/process/env/0', { env: ['A'] }],
      ['/process/execCPUAffinity/initial', { execCPUAffinity: { initial: 'x' } }],
    ];
    for (const [pointer, part] of wrong) {
      const file = newPath('.json');
      writeFileSync(file, JSON.stringify({ user: { uid: 0, gid: 0 }, args: ['true'], cwd: '/', ...part }));
      expect(fail(await runtime(['exec', '-p', file, id]), 255)).toContain(pointer);
    }
  });
});

describe('create warns of capabilities that it cannot grant', () => {
  const capabilities =
    (sets: Config['process']['capabilities']) =>
    (config: Config): void => {
      config.process.capabilities = sets ?? {};
    };

  test.runIf(can.runcCommand)('if the name is unknown', async () => {
    const { stderr } = await run(makeBundle({ args: ['true'], config: capabilities({ bounding: ['CAP_LUCK'], permitted: ['CAP_LUCK'] }) }));
    expect(stderr).toMatch(/ignoring .*CAP_LUCK/);
    expect(stderr.match(/CAP_LUCK/g)).toHaveLength(1);
  });

  test.runIf(can.tsrun)('if it is effective but not permitted', async () => {
    const { code, stderr } = await run(
      makeBundle({ args: ['true'], config: capabilities({ bounding: ['CAP_KILL'], effective: ['CAP_KILL'] }) }),
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("can't give effective capability CAP_KILL: it is not permitted") as string]);
  });

  test.runIf(can.runcCommand)('for exec, too', async () => {
    const { id } = await running();
    const outcome = await exec(id, ['true'], ['--cap', 'CAP_LUCK']);
    succeed(outcome);
    expect(outcome.stderr).toMatch(/CAP_LUCK/);
  });

  test.runIf(can.tsrun)('and stays silent if it can grant all', async () => {
    const { id } = await running();
    expect((await exec(id, ['true'])).stderr).toBe('');
    expect((await run(makeBundle({ args: ['true'] }))).stderr).toBe('');
  });
});

describe.runIf(can.tsrun)('escape sequences in an image or a configuration do not reach the terminal', () => {
  const escape = '\x1b]0;owned\x07\x1b[2J\x9b1m';
  const obeyed = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/;

  test('in the interpreter of a script', async () => {
    const bundle = makeBundle({ args: ['/script'] });
    writeFileSync(`${bundle.rootfs}/script`, `#!/no${escape}\n`, { mode: 0o755 });
    const words = fail(await run(bundle));
    expect(words).toContain('\\u001b]0;owned\\u0007');
    expect(words).not.toMatch(obeyed);
  });

  test.each(['createRuntime', 'createContainer'] as const)('in the output of a %s hook', async (kind) => {
    const hooks = { [kind]: [{ path: '/bin/sh', args: ['sh', '-c', `printf '\\033]0;owned\\007\\233 words' >&2; exit 1`] }] };
    const words = fail(await run(makeBundle({ args: ['true'], config: (config) => (config.hooks = hooks) })));
    expect(words).toMatch(/hook #0/);
    expect(words).not.toMatch(obeyed);
  });

  test('in warnings, logs and problems', async () => {
    const log = newPath('.log');
    const bundle = makeBundle({
      args: [`/no${escape}`],
      config: (config) => (config.process.capabilities = { bounding: [`CAP_${escape}`] }),
    });
    const outcome = await runtime(['--log', log, 'run', '--bundle', bundle.directory, 'x']);
    expect(outcome.code).toBe(1);
    const checked = await runtime(['check', '--bundle', bundle.directory]);
    for (const text of [outcome.stderr, (await runtime(['--debug', 'run', '--bundle', bundle.directory, 'x'])).stderr, checked.stdout])
      expect(text).not.toMatch(obeyed);
  });

  test('in the tables of list and in the state', async () => {
    const directory = `${newDirectory()}/b\x1b[2J\n\x7f`;
    const bundle = makeBundle();
    renameSync(bundle.directory, directory);
    const { id } = await created({ bundle: { ...bundle, directory } });
    for (const args of [['list'], ['list', '-f', 'json'], ['state', id]]) {
      const { stdout } = await runtime(args);
      expect(stdout).not.toMatch(obeyed);
      expect(stdout).toContain('\\u001b[2J');
    }
    expect((JSON.parse(succeed(await runtime(['state', id]))) as { bundle: string }).bundle).toBe(directory);
  });
});
