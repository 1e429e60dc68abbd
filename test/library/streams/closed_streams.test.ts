import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { Runtime } from '../../../src/library/index.js';
import { describe, expect, makeBundle, newDirectory, newId, newPath, stateRoot, test } from '../../oci/harness/index.js';

const runtime = new Runtime({ root: stateRoot });
const library = new URL('../../../dist/library/index.js', import.meta.url).pathname;

const tell = 'for fd in 0 2; do stat -L -c %t:%T /proc/$$/fd/$fd; done';

/** Node.js opens its own standard streams when it starts, so the script closes them afterwards. */
const script = `
import { closeSync } from 'node:fs';
import { Runtime } from ${JSON.stringify(library)};
const [root, id, bundle, how] = process.argv.slice(1);
const closed = [0, 2];
const runtime = new Runtime({ root });
if (how === 'warm') await runtime.prewarm({ count: 1, bundle });
for (const fd of closed) closeSync(fd);
const container = await runtime.create({ id, bundle, stdio: 'inherit' });
await container.start();
const process_ = how === 'exec' ? await container.exec(['sh', '-c', ${JSON.stringify(tell)}], { stdio: 'inherit' }) : container;
await process_.wait();
await container.delete({ force: true });
await runtime.pool?.close();
`;

describe('a program that has closed its standard streams', () => {
  test.each(['create', 'exec', 'warm'])('passes nothing of the host to the container: %s', (how) => {
    const bundle = makeBundle(how === 'exec' ? { args: ['sleep', '1000'] } : { script: tell });
    const output = execFileSync(
      process.execPath,
      ['--input-type=module', '--eval', script, '--', stateRoot, newId(), bundle.directory, how],
      { encoding: 'utf8' },
    );
    expect(output).toBe('1:3\n1:3\n');
  });
});

describe('a descriptor as a stream', () => {
  test('may not be a directory, closed, or one of ours', async () => {
    const bundle = makeBundle({ args: ['true'] }).directory;
    const create = (fd: number): Promise<unknown> => runtime.create({ id: newId(), bundle, stdio: [fd, 'ignore', 'ignore'] });
    const directory = openSync(newDirectory(), 'r');
    await expect(create(directory)).rejects.toThrow(`hand over "descriptor ${directory}": is a directory (EISDIR)`);
    closeSync(directory);
    await expect(create(directory)).rejects.toThrow('bad file descriptor (EBADF)');
    await expect(create(-7)).rejects.toThrow('"stdio" must be');

    await using container = await runtime.create({
      id: newId(),
      bundle: makeBundle({ args: ['sleep', '1000'] }).directory,
      stdio: 'ignore',
    });
    // More than one: each wait in the background has its own.
    const own = readdirSync('/proc/self/fdinfo').filter((fd) => isPidfdOf(fd, container.pid));
    expect(own.length).toBeGreaterThan(1);
    for (const fd of own) await expect(create(Number(fd))).rejects.toThrow('device or resource busy (EBUSY)');
    expect(container.state().status).toBe('created');
  });

  test('refers to the file that it was when it was passed, even if the program closes it immediately', async () => {
    const path = newPath();
    const bundle = makeBundle({ script: 'echo hello' }).directory;
    const fd = openSync(path, 'w');
    const creating = runtime.create({ id: newId(), bundle, stdio: ['ignore', fd, 'ignore'] });
    closeSync(fd);
    await using container = await creating;
    await container.start();
    await container.wait();
    expect(readFileSync(path, 'utf8')).toBe('hello\n');
  });
});

function isPidfdOf(fd: string, pid: number): boolean {
  try {
    return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').includes(`\nPid:\t${pid}\n`);
  } catch {
    return false; // Closed meanwhile.
  }
}
