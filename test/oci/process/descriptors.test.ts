import { closeSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import {
  afterTest,
  can,
  created,
  describe,
  exec,
  expect,
  makeBundle,
  newPath,
  run,
  running,
  runtime,
  newId,
  stateOf,
  succeed,
  test,
  fail,
} from '../harness/index.js';

/** Opens files that are identified by their contents. */
function files(...contents: string[]): number[] {
  return contents.map((text) => {
    const path = newPath();
    writeFileSync(path, text);
    const fd = openSync(path, 'r');
    afterTest(() => closeSync(fd));
    return fd;
  });
}

/** sd_listen_fds(3): LISTEN_PID names the process that the descriptors are for. */
const activate = ['sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'];

// ls itself has one more open: the directory.
const list = 'ls /proc/self/fd | wc -l';

describe('descriptors', () => {
  test('of the caller do not reach the program', async () => {
    expect(succeed(await run(makeBundle({ script: list }), { fds: files('a', 'b', 'c') }))).toBe('4');
  });

  test('of the caller do not reach a created container', async () => {
    const container = await running({ script: `${list}; sleep 1000`, call: { fds: files('a', 'b') } });
    expect(succeed(await exec(container.id, ['sh', '-c', 'ls /proc/1/fd | wc -l']))).toBe('3');
  });

  test.runIf(can.tsrun)('of a created container lead to no file of its mounts', async () => {
    const { id } = await created();
    const { pid } = await stateOf(id);
    const directory = `/proc/${pid}/fd`;
    const targets = readdirSync(directory)
      .slice(3)
      .map((fd) => readlinkSync(`${directory}/${fd}`));
    expect(targets.filter((target) => /^\/(dev|proc)\/./.test(target))).toEqual([]);
  });

  test('of the caller do not reach exec', async () => {
    const container = await running();
    expect(succeed(await exec(container.id, ['sh', '-c', list], [], { fds: files('a', 'b') }))).toBe('4');
  });

  test('are kept from number 3 on with --preserve-fds', async () => {
    const outcome = await run(makeBundle({ script: `cat <&3; cat <&4; ${list}` }), {
      flags: ['--preserve-fds', '2'],
      fds: files('third ', 'fourth ', 'no'),
    });
    expect(succeed(outcome)).toBe('third fourth 6');
  });

  test('are kept with --preserve-fds of exec', async () => {
    const container = await running();
    expect(succeed(await exec(container.id, ['sh', '-c', 'cat <&3'], ['--preserve-fds', '1'], { fds: files('third', 'no') }))).toBe(
      'third',
    );
  });

  test.runIf(can.runcCommand)('of LISTEN_FDS are kept, and the program is told', async () => {
    const bundle = makeBundle({ script: `echo $LISTEN_FDS; cat <&3; cat <&4; ${list}` });
    const outcome = await run(bundle, { wrapper: activate, env: { LISTEN_FDS: '2' }, fds: files('third ', 'fourth ', 'no') });
    expect(succeed(outcome)).toBe('2\nthird fourth 6');
  });

  test.runIf(can.tsrun)('kept for exec can be executed', async () => {
    const bundle = makeBundle();
    const container = await running({ bundle });
    const program = openSync(`${bundle.rootfs}/bin/busybox`, 'r');
    try {
      // busybox needs an applet's name to do something.
      expect((await exec(container.id, ['/proc/self/fd/3'], ['--preserve-fds', '1'], { fds: [program] })).stderr).toMatch(
        /^3: applet not found/,
      );
    } finally {
      closeSync(program);
    }
  });

  test.runIf(can.runcCommand)('of LISTEN_FDS come before those of --preserve-fds', async () => {
    const outcome = await run(makeBundle({ script: `echo $LISTEN_FDS; cat <&3; cat <&4; ${list}` }), {
      flags: ['--preserve-fds', '1'],
      wrapper: activate,
      env: { LISTEN_FDS: '1' },
      fds: files('third ', 'fourth '),
    });
    expect(succeed(outcome)).toBe('1\nthird fourth 6');
  });

  test.runIf(can.runcCommand)('of LISTEN_FDS meant for another process are not kept', async () => {
    const outcome = await run(makeBundle({ script: `echo "[$LISTEN_FDS]"; ${list}` }), {
      env: { LISTEN_FDS: '1', LISTEN_PID: '1' },
      fds: files('third '),
    });
    expect(succeed(outcome)).toBe('[]\n4');
  });

  // The peers have opened descriptors by then, and mistake them for the caller's.
  test.runIf(can.knowOwnDescriptors)('that do not exist are an error for --preserve-fds', async () => {
    fail(
      await runtime(['run', '--preserve-fds', '3', '--bundle', makeBundle({ args: ['true'] }).directory, newId()], { fds: files('one') }),
    );
  });
});
