import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import {
  afterTest,
  canary,
  created,
  describe,
  expect,
  fail,
  makeBundle,
  newDirectory,
  newId,
  newPath,
  openConsole,
  program,
  running,
  runtime,
  runtimeCommand,
  succeed,
  test,
  until,
  type Bundle,
  type Config,
} from '../harness/index.js';

/** Every non-empty choice of the three numbers. */
const choices = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]] as const;

/** A command in front of the runtime that closes these. */
const closing = (numbers: readonly number[]): string[] => [
  'sh',
  '-c',
  `exec "$@" ${numbers.map((number) => `${number}>&-`).join(' ')}`,
  'sh',
];

/** Writes to /out what the shell's own 0, 1 and 2 are, and what can be reached through them. */
const report = `
for fd in 0 1 2; do
  all="$all $(stat -L -c %F:%t:%T /proc/$$/fd/$fd | tr ' ' -)$(cat /proc/$$/fd/$fd/../../../../etc/shadow 2>&-)"
done
echo "$all" > /out/part; mv /out/part /out/streams`;

function reportingBundle(
  script: string,
  configure: (config: Config) => void = () => undefined,
): { readonly bundle: Bundle; readonly said: () => Promise<string[]> } {
  const out = newDirectory();
  const bundle = makeBundle({
    script,
    config: (config) => {
      config.mounts.push({ destination: '/out', source: out, options: ['bind'] });
      configure(config);
    },
  });
  const said = async (): Promise<string[]> => {
    await until('the report', () => existsSync(`${out}/streams`));
    return readFileSync(`${out}/streams`, 'utf8').trim().split(' ');
  };
  return { bundle, said };
}

const nothing = 'character-special-file:1:3';

/** Expects /dev/null for the closed ones, and files for the others. */
async function expectNothing(closed: readonly number[], said: () => Promise<string[]>): Promise<void> {
  const kinds = await said();
  // The harness gives /dev/null as standard input.
  expect(kinds.map((kind, number) => (number === 0 || closed.includes(number) ? kind === nothing : kind.startsWith('regular-')))).toEqual([
    true,
    true,
    true,
  ]);
}

describe.each(choices.map((closed) => ({ closed })))('with $closed closed', ({ closed }) => {
  const wrapper = closing(closed);

  test('run passes nothing of the host to the container', async () => {
    const { bundle, said } = reportingBundle(report);
    expect((await runtime(['run', '--bundle', bundle.directory, newId()], { wrapper })).code).toBe(0);
    await expectNothing(closed, said);
  });

  test('create and start pass nothing of the host to the container', async () => {
    const { bundle, said } = reportingBundle(report);
    const { id } = await created({ bundle, call: { wrapper } });
    succeed(await runtime(['start', id], { wrapper }));
    await expectNothing(closed, said);
  });

  test.each([{ flags: [] }, { flags: ['--detach'] }])('exec $flags passes nothing of the host to the process', async ({ flags }) => {
    const { bundle, said } = reportingBundle('sleep 1000');
    const { id } = await running({ bundle });
    expect((await runtime(['exec', ...flags, id, 'sh', '-c', report], { wrapper })).code).toBe(0);
    await expectNothing(closed, said);
  });

  /** Expects a terminal of the container. */
  async function expectTerminal(said: () => Promise<string[]>): Promise<void> {
    for (const kind of await said()) expect(kind).toMatch(/^character-special-file:8[8-9a-f]:\d+$/);
  }
  const onTerminal = [program('on_terminal'), '30', '100', ...wrapper];

  test('run gives the container only its terminal', async () => {
    const { bundle, said } = reportingBundle(report, (config) => (config.process.terminal = true));
    expect((await runtime(['run', '--bundle', bundle.directory, newId()], { wrapper: onTerminal })).code).toBe(0);
    await expectTerminal(said);
  });

  test('exec -t gives the process only its terminal', async () => {
    const { bundle, said } = reportingBundle('sleep 1000');
    const { id } = await running({ bundle });
    expect((await runtime(['exec', '-t', id, 'sh', '-c', report], { wrapper: onTerminal })).code).toBe(0);
    await expectTerminal(said);
  });

  test('create and exec -dt send only the terminal over a socket', async () => {
    const console = await openConsole();
    const { bundle, said } = reportingBundle(report, (config) => (config.process.terminal = true));
    const { id } = await created({ bundle, flags: ['--console-socket', console.path], call: { wrapper } });
    succeed(await runtime(['start', id]));
    await expectTerminal(said);
    const other = reportingBundle('sleep 1000');
    const target = await running({ bundle: other.bundle });
    const second = await openConsole();
    expect((await runtime(['exec', '-d', '-t', '--console-socket', second.path, target.id, 'sh', '-c', report], { wrapper })).code).toBe(0);
    await expectTerminal(other.said);
  });

  test('hooks get no descriptors of the runtime', async () => {
    const list = newPath();
    const bundle = makeBundle({ args: ['true'] });
    bundle.config.hooks = {
      createRuntime: [
        {
          path: '/bin/sh',
          args: [
            'sh',
            '-c',
            `for fd in 0 1 2; do stat -L -c %F /proc/$$/fd/$fd; done > ${list}.part; ls /proc/$$/fd > ${list}; cat ${list}.part >> ${list}`,
          ],
        },
      ],
    };
    bundle.save();
    expect((await runtime(['run', '--bundle', bundle.directory, newId()], { wrapper })).code).toBe(0);
    expect(
      readFileSync(list, 'utf8')
        .trim()
        .split('\n')
        .filter((line) => !/^\d+$/.test(line) || Number(line) < 3),
    ).not.toContain('directory');
  });

  test('--log and --debug write only to the log', async () => {
    const log = newPath();
    const bundle = makeBundle({ args: ['no-such-program'] });
    const { code } = await runtime(['--log', log, '--log-format', 'json', '--debug', 'run', '--bundle', bundle.directory, newId()], {
      wrapper,
      root: newDirectory(),
    });
    expect(code).toBe(1);
    const records = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { level: string }).level);
    expect(new Set(records)).toEqual(new Set(['debug', 'error']));
  });
});

describe('a standard stream', () => {
  test.each([0, 1, 2])('may not be a directory: number %i', async (number) => {
    const bait = canary();
    const bundle = makeBundle({ args: ['true'] });
    const outcome = await runtime(['run', '--bundle', bundle.directory, newId()], {
      wrapper: ['sh', '-c', `exec "$@" ${number}<${bait.directory}`, 'sh'],
    });
    expect(outcome.code).toBe(1);
    if (number !== 2) expect(outcome.stderr).toMatch(/hand over "standard (input|output)": is a directory \(EISDIR\)/);
    bait.unharmed();
  });

  test('may not be an O_PATH descriptor', async () => {
    const bait = canary();
    const O_PATH = 0o10000000;
    const place = openSync(bait.file, O_PATH);
    afterTest(() => closeSync(place));
    const { id } = await running();
    const wrapper = ['sh', '-c', 'exec "$@" <&3 3>&-', 'sh'];
    const bundle = makeBundle({ args: ['true'] });
    expect(fail(await runtime(['run', '--bundle', bundle.directory, newId()], { wrapper, fds: [place] }))).toContain(
      'hand over "standard input": bad file descriptor (EBADF)',
    );
    expect((await runtime(['exec', id, 'true'], { wrapper, fds: [place] })).code).toBe(255);
  });

  test('is checked by tsrun-init, too', async () => {
    const program = new URL('../../../build/Release/tsrun-init', import.meta.url).pathname;
    const init = spawn('sh', ['-c', 'exec "$@" <&-', 'sh', program, '3'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const message = (await once(init.stdio[3] as Duplex, 'data')) as [Buffer];
    expect([message[0].readUInt32LE(0), message[0].readInt32LE(12)]).toEqual([2, 9]);
    expect(message[0].toString('latin1')).toContain('standard streams');
  });
});

/** Returns as many descriptors as `numbers`, and a wrapper that leaves only those open. */
function holes(numbers: readonly number[]): { readonly fds: number[]; readonly wrapper: string[] } {
  const highest = Math.max(...numbers);
  const fds = Array.from({ length: highest - 2 }, (_, index) => {
    const path = newPath();
    writeFileSync(path, `number ${index + 3}`);
    const fd = openSync(path, 'r');
    afterTest(() => closeSync(fd));
    return fd;
  });
  const closed = fds.map((_, index) => index + 3).filter((number) => !numbers.includes(number));
  // bash, because dash supports only numbers of one digit.
  return { fds, wrapper: ['bash', '-c', `exec "$@" ${closed.map((number) => `${number}>&-`).join(' ')}`, 'bash'] };
}

// The shell's own are above.
const list = 'for fd in $(seq 3 20); do [ -e /proc/$$/fd/$fd ] && echo "$fd=$(cat /proc/$$/fd/$fd)"; done; true';

// Node.js fills gaps with its own /dev/null, which cannot be distinguished from others.
const holed = runtimeCommand.length === 1 ? [[3, 5], [5], [14], [4, 6, 8, 10], [9, 17]] : [[3, 5]];

describe.each(holed.map((open) => ({ open })))('--preserve-fds when only $open are open passes nothing of the runtime', ({ open }) => {
  const { length } = Array.from({ length: Math.max(...open) - 2 });
  const expected = open.map((number) => `${number}=number ${number}`).join('\n');

  test('to a container of run', async () => {
    const bundle = makeBundle({ script: list });
    const call = holes(open);
    expect(succeed(await runtime(['run', '--preserve-fds', String(length), '--bundle', bundle.directory, newId()], call))).toBe(expected);
  });

  test('to a container of run with a user namespace and --debug', async () => {
    const bundle = makeBundle({
      script: list,
      owner: 100_000,
      config: ({ linux }) => {
        linux.namespaces.push({ type: 'user' });
        linux.uidMappings = linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      },
    });
    const call = holes(open);
    const { stdout } = await runtime(
      ['--log', newPath(), '--debug', 'run', '--preserve-fds', String(length), '--bundle', bundle.directory, newId()],
      call,
    );
    expect(stdout.trim()).toBe(expected);
  });

  test('to a process of exec', async () => {
    const { id } = await running();
    const call = holes(open);
    expect(succeed(await runtime(['exec', '--preserve-fds', String(length), id, 'sh', '-c', list], call))).toBe(expected);
  });

  test('to a container of create', async () => {
    const call = holes(open);
    const { bundle, said } = reportingBundle(`(${list}) > /out/part; mv /out/part /out/streams; sleep 1000`);
    const { id } = await created({ bundle, flags: ['--preserve-fds', String(length)], call });
    succeed(await runtime(['start', id]));
    expect((await said()).join(' ')).toBe(expected);
  });
});
