import { rmSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { Runtime, type CreateRequest, type Terminal } from '../../src/library/index.js';
import {
  afterTest,
  childrenOf,
  commandLine,
  describe,
  expect,
  makeBundle,
  newId,
  newPath,
  program,
  start,
  stateRoot,
  test,
  until,
  type Started,
} from '../oci/harness/index.js';
import { expectNoMoreFiles, openFiles } from './harness/open_files.js';

const runtime = new Runtime({ root: stateRoot });
const terminal = { columns: 90, rows: 33 };
/** Echo would mix what is typed with what the program writes. */
const quiet = 'stty -echo; ';

async function created(script: string, request: Partial<CreateRequest> = {}) {
  const container = await runtime.create({ id: newId(), bundle: makeBundle({ script }).directory, terminal, ...request });
  afterTest(() => container.delete({ force: true }));
  return container;
}

/** A started container, and what its terminal has shown so far. */
async function shown(script: string) {
  const container = await created(script);
  const screen = { text: '' };
  container.terminal?.on('data', (chunk: Buffer) => (screen.text += chunk.toString()));
  await container.start();
  return { container, screen, see: (words: string) => until(words, () => screen.text.includes(words)) };
}

describe('a container on a terminal', () => {
  test('has it as its standard streams, in the size that was asked for', async () => {
    const container = await created('test -t 0 && test -t 1 && test -t 2 && tty; stty size');
    await container.start();
    expect(await text(container.terminal as Terminal)).toMatch(/^\/dev\/(pts\/0|console)\r\n33 90\r\n$/);
    expect(await container.wait()).toEqual({ code: 0, signal: null });
    expect([container.stdin, container.stdout, container.stderr]).toEqual([null, null, null]);
  });

  test('has it from a warm slot, too', async () => {
    const bundle = makeBundle({ script: 'tty; stty size' }).directory;
    await using pool = await runtime.prewarm({ count: 1, bundle });
    for (const count of [1, 2]) {
      const { stdout } = await runtime.run({ bundle, terminal });
      expect(stdout).toMatch(/33 90\r\n$/);
      expect(pool).toMatchObject({ warm: count, cold: 0 });
      await pool.fill();
    }
    // One without a terminal is not confused with it.
    expect((await runtime.run({ bundle })).stdout).toContain('not a tty');
  });

  test('reads what is typed, and Ctrl-C reaches the process in the foreground', async () => {
    const { container, see } = await shown(
      `${quiet} trap "echo interrupted; exit 4" INT; echo ready; read line; echo "[$line]"; while :; do sleep 0.02; done`,
    );
    await see('ready');
    container.terminal?.write('some words\r');
    await see('[some words]');
    container.terminal?.write('\x03');
    await see('interrupted');
    expect((await container.wait()).code).toBe(4);
  });

  test('is told of a new size', async () => {
    const { container, see } = await shown('trap "stty size; exit 0" WINCH; echo ready; while :; do sleep 0.02; done');
    await see('ready');
    container.terminal?.resize({ columns: 120, rows: 50 });
    await see('50 120');
    expect(container.terminal).toMatchObject({ columns: 120, rows: 50 });
    await container.wait();
    await until('the end', () => container.terminal?.destroyed === true);
    expect(() => container.terminal?.resize({ columns: 1, rows: 1 })).not.toThrow();
  });

  test.each(['a line\n', 'no line', ''])('sees the end of its input after %j', async (input) => {
    const { stdout, code } = await runtime.run({ bundle: makeBundle({ script: `${quiet} cat; echo over` }).directory, terminal, input });
    expect(code).toBe(0);
    expect(stdout.replaceAll('\r', '').replace(/^.*\^D\x08+/, '')).toMatch(new RegExp(`${input}over\n$`));
  });

  test('delivers 10 MB whole to a slow reader', async () => {
    const line = 'x'.repeat(99);
    const container = await created(`stty -onlcr; yes ${line} | head -n 100000`);
    await container.start();
    let size = 0;
    let chunks = 0;
    for await (const chunk of container.terminal ?? []) {
      size += (chunk as Buffer).length;
      if (chunks++ < 20) await sleep(5);
    }
    expect(size).toBe(10_000_000);
  });

  test('waits for its reader, and loses nothing when it ends while output is unread', async () => {
    const before = await openFiles();
    const container = await created('stty -onlcr; head -c 3000 /dev/zero | tr "\\0" y');
    await container.start();
    await container.wait();
    await container.delete();
    await expectNoMoreFiles(before);
    expect(await text(container.terminal as Terminal)).toBe('y'.repeat(3000));
  });

  test('makes a writer wait while it does not read', async () => {
    const { container, screen, see } = await shown(`stty raw -echo; echo ready; head -c 1000000 | wc -c`);
    await see('ready');
    await container.pause();
    const data = Buffer.alloc(1_000_000, 'z');
    let written = false;
    container.terminal?.write(data, () => (written = true));
    await sleep(100);
    expect(written).toBe(false);
    await container.resume();
    await until('1000000', () => screen.text.includes('1000000'));
    // The program may have answered before we are told.
    await until('the end of the write', () => written);
  });

  test('leaves no descriptor open, however it ends', async () => {
    await (await created('true')).delete({ force: true });
    const before = await openFiles();
    for (const end of ['unread', 'read', 'paused', 'killed', 'typed at']) {
      const container = await created(end === 'typed at' ? 'true' : 'echo words; sleep 1000');
      await container.start();
      if (end === 'read') container.terminal?.resume();
      if (end === 'paused') container.terminal?.once('data', () => container.terminal?.pause());
      if (end === 'killed') await container.kill('KILL');
      if (end === 'typed at') {
        await container.wait();
        await new Promise((written) => container.terminal?.write(Buffer.alloc(500_000), written));
      }
      await container.delete({ force: true });
      await expectNoMoreFiles(before);
    }
    const controller = new AbortController();
    const aborted = await created('sleep 1000', { signal: controller.signal });
    controller.abort();
    await expect(aborted.wait()).rejects.toMatchObject({ code: 'aborted' });
    await expectNoMoreFiles(before);
  });

  test.each([
    [{ stdio: 'pipe' }, 'stdio'],
    [{ consoleSocket: '/no/where' }, 'consoleSocket'],
    [{ terminal: { columns: 0, rows: 24 } }, 'columns'],
    [{ terminal: { columns: 80, rows: 70_000 } }, 'rows'],
  ] as const)('is refused with %j', async (request, path) => {
    const { directory } = makeBundle({});
    await expect(runtime.create({ id: newId(), bundle: directory, terminal, ...request })).rejects.toMatchObject({ code: 'usage', path });
  });
});

describe('a process in a container, on a terminal', () => {
  test('has one of its own, and ends with it', async () => {
    const container = await created('sleep 1000');
    await container.start();
    const before = await openFiles();
    const process = await container.exec(['sh', '-c', 'tty; stty size; read line; echo "[$line]"'], { terminal });
    process.terminal?.write('hello\r');
    const screen = await text(process.terminal as Terminal);
    expect(screen).toContain('33 90\r\n');
    expect(screen).toMatch(/\[hello\]\r\n$/);
    expect(await process.wait()).toEqual({ code: 0, signal: null });
    await expectNoMoreFiles(before);
    expect((await container.run(['tty'], { terminal })).stdout).toMatch(/^[^]*\/dev\/pts\/\d+\r\n$/);
  });

  test('is interrupted by Ctrl-C, of a job of a shell, too', async () => {
    const container = await created('sleep 1000');
    await container.start();
    const { pid, terminal: shell } = await container.exec(['sh', '-i'], { terminal, env: ['PS1=$ '] });
    let screen = '';
    shell?.on('data', (chunk: Buffer) => (screen += chunk.toString()));
    shell?.write('sleep 999\r');
    // The job is in the foreground before it executes its program.
    await until('the job', () => childrenOf(pid).some((child) => commandLine(child) === 'sleep 999'));
    shell?.write('\x03');
    shell?.write('echo status=$?\r');
    // With the next prompt: a Ctrl-D while the shell changes the mode of its terminal would be lost.
    await until('the status of the killed job', () => /status=130\s+\$ /.test(screen));
    shell?.end();
    await until('the end', () => shell?.destroyed === true);
  });

  test('that nobody reads or waits for leaves no descriptor after the container', async () => {
    const before = await openFiles();
    const container = await created('sleep 1000');
    await container.start();
    await container.exec(['sh', '-c', 'echo one; sleep 1000'], { terminal });
    await container.exec(['echo', 'two'], { terminal });
    await container.delete({ force: true });
    await expectNoMoreFiles(before);
  });
});

describe("on a person's own terminal", () => {
  /** A program that attaches, as `node -e`, on a terminal of 30 lines and 100 columns; argv[5] is a path for what it waits for. */
  async function person(script: string, inside: string, path = ''): Promise<Started> {
    const outfile = new URL(`../../.cache/examples/attach-${process.pid}.mjs`, import.meta.url).pathname;
    await build({
      stdin: {
        contents: `import { existsSync } from 'node:fs';
        import { Runtime } from '@tsrun/runtime';
        const runtime = new Runtime({ root: process.argv[2] });
        const container = await runtime.create({ id: process.argv[3], bundle: process.argv[4], terminal: { columns: 1, rows: 1 } });
        try {
          await container.start();
          ${script}
        } finally {
          await container.delete({ force: true });
        }`,
        resolveDir: new URL('../..', import.meta.url).pathname,
      },
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
    });
    afterTest(() => rmSync(outfile));
    const id = newId();
    afterTest(() => runtime.delete(id, { force: true }));
    const { directory } = makeBundle({ script: inside });
    const line = [program('on_terminal'), '30', '100', process.execPath, outfile, stateRoot, id, directory, path];
    return start(line, { interactive: true });
  }

  const attach = 'await container.terminal.attach(); process.exitCode = (await container.wait()).code;';
  const interactive =
    'until stty size | grep "30 100"; do sleep 0.02; done; trap "stty size" WINCH; trap "echo interrupted; exit 4" INT; echo ready; while :; do sleep 0.02; done';

  test('everything that is typed, and the size, reach the process, and the mode is restored at the end', async () => {
    const call = await person(attach, interactive);
    await until('ready', () => call.output().includes('ready'));
    expect(call.output()).toContain('30 100');
    call.child.kill('SIGUSR1');
    await until('the new size', () => call.output().includes('31 101'));
    call.child.stdin?.write('\x03');
    const outcome = await call.done;
    expect(outcome.stdout).toContain('interrupted');
    expect(outcome.stderr).toContain('modes restored');
    expect(outcome.code).toBe(4);
  });

  test.each([
    ['process.exit', 'process.exit(7);', 7],
    ['an exception', 'throw new Error("mine");', 1],
    ['an aborted container', 'container.delete({ force: true });', 0],
    ['SIGTERM', 'process.kill(process.pid, "SIGTERM");', 143],
    ['SIGHUP', 'process.kill(process.pid, "SIGHUP");', 129],
    ['SIGINT', 'process.kill(process.pid, "SIGINT");', 130],
  ])('the mode is restored after %s', async (_how, act, code) => {
    const now = newPath();
    const wait = `const looking = setInterval(() => { if (existsSync(process.argv[5])) { clearInterval(looking); ${act} } }, 20);`;
    const call = await person(`${wait} await container.terminal.attach();`, 'echo ready; sleep 1000', now);
    await until('ready', () => call.output().includes('ready'));
    writeFileSync(now, '');
    const outcome = await call.done;
    expect(outcome.stderr).toContain('modes restored');
    expect(outcome.code).toBe(code);
  });
});
