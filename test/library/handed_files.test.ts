import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Runtime } from '../../src/library/index.js';
import { describe, expect, makeBundle, newDirectory, newId, newPath, stateRoot, test } from '../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });
const library = new URL('../../dist/library/index.js', import.meta.url).pathname;

const program = (body: string): readonly string[] => [
  '--input-type=module',
  '--eval',
  `import { Runtime } from ${JSON.stringify(library)};
const [root, id, bundle, how] = process.argv.slice(1);
const runtime = new Runtime({ root });
${body}`,
  '--',
];

describe('a container that inherits the standard output of a program', () => {
  const size = 1_048_576;
  const bundle = (): string => makeBundle({ script: `head -c ${size} /dev/zero` }).directory;
  const touch = "process.stdout.write('');";
  const body = (before: string, after: string): string => `
${before}
const container = await runtime.create({ id, bundle, stdio: 'inherit' });
${after}
await container.start();
const { code } = await container.wait();
await container.delete();
process.exitCode = code;
`;

  test('writes all of it into a slow socket, although Node.js has made it non-blocking', async () => {
    // child_process makes a pair of sockets.
    const child = spawn(process.execPath, [...program(body(touch, '')), stateRoot, newId(), bundle()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await setTimeout(300);
    let read = 0;
    child.stdout.on('data', (chunk: Buffer) => (read += chunk.length));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, read]).toEqual([0, size]);
  });

  test.each([
    ['before', touch, ''],
    ['after', '', touch],
  ])('writes all of it into a slow pipe, even if Node.js makes it non-blocking %s the creation', (_, before, after) => {
    const output = execFileSync(
      'bash',
      [
        '-c',
        'set -o pipefail; "$@" | { sleep 0.3; wc -c; }',
        'bash',
        process.execPath,
        ...program(body(before, after)),
        stateRoot,
        newId(),
        bundle(),
      ],
      { encoding: 'utf8' },
    );
    expect(output).toBe(`${size}\n`);
  });
});

describe('open files', () => {
  test('are handed over only if they are named, even if the program was started with listening sockets', () => {
    const { directory } = makeBundle({ script: 'readlink /proc/$$/fd/3; echo "$LISTEN_FDS"' });
    const body = `
const { stdout } = await runtime.run({ id, bundle });
console.log(JSON.stringify(stdout));
await (await runtime.prewarm({ count: 1, bundle })).close();
`;
    const shell = `export LISTEN_FDS=1 LISTEN_PID=$$; exec 3</etc/hostname; exec "$@"`;
    const output = execFileSync('sh', ['-c', shell, 'sh', process.execPath, ...program(body), stateRoot, newId(), directory], {
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toBe('\n');
  });

  test('are 3 and on, listening sockets first, for a container and for another process in it', async () => {
    const paths = [newPath(), newPath(), newPath()];
    const fds = paths.map((path, index) => {
      writeFileSync(path, `file ${index}\n`);
      return openSync(path, 'r');
    });
    const [a = -1, b = -1, c = -1] = fds;
    try {
      const tell = 'cat <&3; cat <&4; cat <&5; echo "$LISTEN_FDS $LISTEN_PID"; ls /proc/self/fd | wc -l';
      const { stdout } = await runtime.run({
        bundle: makeBundle({ script: tell }).directory,
        preserveFds: [b, { fd: c }],
        listenFds: [a],
      });
      expect(stdout).toBe('file 0\nfile 1\nfile 2\n1 1\n7\n');
      await using container = await runtime.create({
        id: newId(),
        bundle: makeBundle({ script: 'sleep 1000' }).directory,
        stdio: 'ignore',
      });
      await container.start();
      const other = openSync(paths[1] ?? '', 'r');
      const process_ = await container.exec(['sh', '-c', 'read line <&3; test "$line" = "file 1"'], {
        stdio: 'ignore',
        preserveFds: [other],
      });
      closeSync(other);
      expect(await process_.wait()).toEqual({ code: 0, signal: null });
    } finally {
      for (const fd of fds) closeSync(fd);
    }
  });

  test.each<readonly [string, unknown]>([
    ['a directory', () => [openSync(newDirectory(), 'r')]],
    ['closed', () => [999]],
    ['negative', () => [-1]],
    ['not in an array', () => 3],
    ['too many', () => Array.from({ length: 129 }, () => 0)],
  ])('are refused if they are %s', async (_, files) => {
    const preserveFds = (files as () => readonly number[])();
    const before = runtime.list().length;
    await expect(runtime.run({ bundle: makeBundle({ script: 'true' }).directory, preserveFds })).rejects.toMatchObject({ code: 'usage' });
    expect(runtime.list()).toHaveLength(before);
  });
});
