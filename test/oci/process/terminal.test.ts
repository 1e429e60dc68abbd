import {
  can,
  created,
  describe,
  exec,
  expect,
  fail,
  makeBundle,
  newId,
  openConsole,
  program,
  run,
  running,
  runtime,
  runtimeCommand,
  start,
  stateRoot,
  succeed,
  test,
  until,
  untilStatus,
  type Config,
  type Started,
} from '../harness/index.js';

const withTerminal = (config: Config): void => {
  config.process.terminal = true;
};

const tty = 'test -t 0 && test -t 1 && test -t 2 && echo three; tty';

describe('a terminal by --console-socket', () => {
  test('becomes the standard streams, and its master goes to the engine', async () => {
    const console = await openConsole();
    const container = await created({ script: `${tty}; sleep 1000`, config: withTerminal, flags: ['--console-socket', console.path] });
    await until('the terminal', () => console.call.errors().includes('received'));
    succeed(await runtime(['start', container.id]));
    await until('output', () => /three\r\n\/dev\/(pts\/0|console)\r\n/.test(console.call.output()));
    expect(container.output()).toBe('');
  });

  test('is the controlling terminal', async () => {
    const console = await openConsole();
    await running({ script: 'echo controlled > /dev/tty; sleep 1000', config: withTerminal, flags: ['--console-socket', console.path] });
    await until('output', () => console.call.output().includes('controlled'));
  });

  test.runIf(can.runcCommand)('is mounted on /dev/console', async () => {
    const console = await openConsole();
    await running({
      script: 'echo here > /dev/console; stat -c %F /dev/console; sleep 1000',
      config: withTerminal,
      flags: ['--console-socket', console.path],
    });
    await until('output', () => /here\r\ncharacter special file/.test(console.call.output()));
  });

  test('belongs to the user of the program', async () => {
    const console = await openConsole();
    await running({
      script: 'stat -L -c %u /proc/self/fd/0; sleep 1000',
      config: (config) => {
        withTerminal(config);
        config.process.user = { uid: 1000, gid: 1000 };
      },
      flags: ['--console-socket', console.path],
    });
    await until('output', () => console.call.output().includes('1000\r\n'));
  });

  test('has the configured size', async () => {
    const console = await openConsole();
    await running({
      script: 'stty size; sleep 1000',
      config: (config) => {
        withTerminal(config);
        config.process.consoleSize = { height: 33, width: 77 };
      },
      flags: ['--console-socket', console.path],
    });
    await until('output', () => console.call.output().includes('33 77'));
  });

  test('can be resized by the engine', async () => {
    const console = await openConsole('44', '99');
    await running({
      script: 'trap "stty size" WINCH; echo ready; while :; do sleep 0.02; done',
      config: withTerminal,
      flags: ['--console-socket', console.path],
    });
    await until('ready', () => console.call.output().includes('ready'));
    console.call.child.kill('SIGUSR1');
    await until('the new size', () => console.call.output().includes('44 99'));
  });

  test('works for exec, too', async () => {
    const console = await openConsole();
    const container = await running();
    succeed(await exec(container.id, ['sh', '-c', `${tty}; sleep 0.2`], ['--tty', '--console-socket', console.path, '--detach']));
    await until('output', () => /three\r\n\/dev\/pts\/\d+\r\n/.test(console.call.output()));
  });

  test('is required if create has a terminal', async () => {
    fail(await runtime(['create', '--bundle', makeBundle({ config: withTerminal }).directory, newId()]));
  });

  test('must exist', async () => {
    const bundle = makeBundle({ config: withTerminal });
    fail(await runtime(['create', '--console-socket', '/no/where', '--bundle', bundle.directory, newId()]));
  });

  test.runIf(can.runcCommand)('is refused without a terminal', async () => {
    const console = await openConsole();
    fail(await runtime(['create', '--console-socket', console.path, '--bundle', makeBundle().directory, newId()]));
  });
});

describe("on the caller's own terminal", () => {
  function onTerminal(args: readonly string[], interactive = false): Started {
    const line = [program('on_terminal'), '30', '100', ...runtimeCommand, '--root', stateRoot, ...args];
    return start(line, { interactive });
  }

  // The peers set the size, and their raw mode, a moment after the start.
  const size = 'until stty size 2>/dev/null | grep "[1-9]"; do sleep 0.02; done';
  const foreground = (script: string, id = newId()): string[] => [
    'run',
    '--bundle',
    makeBundle({ script, config: withTerminal }).directory,
    id,
  ];

  test.runIf(can.runcCommand)('run gives the program a terminal of the same size', async () => {
    const outcome = await onTerminal(foreground(`${tty}; ${size}`)).done;
    expect(outcome.stdout).toMatch(/^three\r+\n\/dev\/(pts\/0|console)\r+\n30 100\r+\n$/);
    expect(outcome.code).toBe(0);
  });

  test("the exit code is the program's", async () => {
    expect((await onTerminal(foreground('exit 9')).done).code).toBe(9);
  });

  test('all input reaches the program', async () => {
    const call = onTerminal(foreground('stty -echo; echo ready; read line; echo "[$line]"'), true);
    await until('ready', () => call.output().includes('ready'));
    call.child.stdin?.write('typed words\n');
    expect((await call.done).stdout).toContain('[typed words]');
  });

  test('Ctrl-C reaches the program as SIGINT', async () => {
    const call = onTerminal(foreground('trap "echo interrupted; exit 4" INT; echo ready; while :; do sleep 0.02; done'), true);
    await until('ready', () => call.output().includes('ready'));
    call.child.stdin?.write('\x03');
    const outcome = await call.done;
    expect(outcome.stdout).toContain('interrupted');
    expect(outcome.code).toBe(4);
  });

  test('a change of the size is passed on', async () => {
    const call = onTerminal(foreground('trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.02; done'));
    await until('ready', () => call.output().includes('ready'));
    call.child.kill('SIGUSR1');
    expect((await call.done).stdout).toContain('31 101');
  });

  test('the mode is restored at the end', async () => {
    expect((await onTerminal(foreground('true')).done).stderr).toContain('modes restored');
  });

  test('the mode is restored when the container is killed', async () => {
    const id = newId();
    const call = onTerminal(foreground('echo ready; sleep 1000', id));
    await until('ready', () => call.output().includes('ready'));
    succeed(await runtime(['kill', id, 'KILL']));
    const outcome = await call.done;
    expect(outcome.stderr).toContain('modes restored');
    expect(outcome.code).toBe(137);
  });

  test('the mode is restored after a failure', async () => {
    const bundle = makeBundle({ args: ['/no/where'], config: withTerminal });
    const outcome = await onTerminal(['run', '--bundle', bundle.directory, newId()]).done;
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain('modes restored');
  });

  test('exec -t works, too', async () => {
    const container = await running();
    await untilStatus(container.id, 'running');
    const outcome = await onTerminal(['exec', '-t', container.id, 'sh', '-c', `${tty}; ${size}; exit 6`]).done;
    expect(outcome.stdout).toMatch(/^three\r+\n\/dev\/pts\/\d+\r+\n30 100\r+\n$/);
    expect(outcome.code).toBe(6);
    expect(outcome.stderr).toContain('modes restored');
  });

  test.runIf(can.tsrun)('the size is correct from the start, even with a configured consoleSize', async () => {
    const config = (config: Config): void => (withTerminal(config), void (config.process.consoleSize = { height: 7, width: 9 }));
    const outcome = await onTerminal(['run', '--bundle', makeBundle({ args: ['stty', 'size'], config }).directory, newId()]).done;
    expect(outcome.stdout).toMatch(/^30 100\r+\n$/);
    const { id } = await running();
    for (let round = 0; round < 5; round++)
      expect((await onTerminal(['exec', '--tty', id, 'stty', 'size']).done).stdout).toMatch(/^30 100\r+\n$/);
  });

  // The shell of on_terminal's command writes to a pipe, with the terminal as its input: as in `runtime run ID | less`.
  test.runIf(can.runcCommand)('lines that go to a pipe end with only a line feed', async () => {
    const words = [...runtimeCommand, '--root', stateRoot, ...foreground('echo one; echo two')].map(
      (word) => `'${word.replace(/'/g, `'\\''`)}'`,
    );
    const outcome = await start([program('on_terminal'), '30', '100', 'sh', '-c', `${words.join(' ')} | od -c`]).done;
    expect(outcome.stdout).toMatch(/o {3}n {3}e {2}\\n {3}t {3}w {3}o {2}\\n/);
  });

  test.runIf(can.runcCommand)('a large output arrives completely', async () => {
    const outcome = await onTerminal(foreground('seq 1 20000')).done;
    expect(outcome.stdout.split('\r\n').length).toBe(20_001);
  });
});

test('run of a bundle with a terminal fails if the caller has none', async () => {
  const outcome = await run(makeBundle({ args: ['true'], config: withTerminal }), { wrapper: ['setsid', '--wait'] });
  fail(outcome);
});
