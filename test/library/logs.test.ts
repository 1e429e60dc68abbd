import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { readLog, Runtime, type CreateRequest, type LogEntry, type LogsRequest, type Warning } from '../../src/library/index.js';
import { afterTest, describe, expect, makeBundle, newDirectory, newId, stateRoot, test, until } from '../oci/harness/index.js';
import { failure } from './harness/failure.js';
import { expectNoMoreFiles, openFiles } from './harness/open_files.js';

const heard: Warning[] = [];
const runtime = new Runtime({ root: stateRoot, onWarning: (warning) => heard.push(warning) });
const bundle = (script: string): string => makeBundle({ script }).directory;
const newLog = (): string => `${newDirectory()}/log`;

async function started(script: string, logs: LogsRequest, request: Partial<CreateRequest> = {}) {
  const container = await runtime.create({ id: newId(), bundle: bundle(script), logs, ...request });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  return container;
}

async function entries(path: string): Promise<readonly LogEntry[]> {
  const all: LogEntry[] = [];
  for await (const entry of readLog(path)) all.push(entry);
  return all;
}

/** What a stream has written, as bytes of Latin-1. */
async function written(path: string, name = 'stdout'): Promise<string> {
  const own = (await entries(path)).filter(({ stream }) => stream === name);
  return own.map(({ data, partial }) => Buffer.from(data).toString('latin1') + (partial ? '' : '\n')).join('');
}

/** The numbers from `first` to `last`, a line each. */
const sequence = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index}\n`).join('');

/** A directory with a file system of its own. */
function disk(size: string): string {
  const directory = newDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory]);
  afterTest(() => void execFileSync('umount', ['-l', directory]));
  return directory;
}

describe('the log of a container', () => {
  test('has every byte of both streams when wait() returns, with time and stream, for its owner only', async () => {
    const path = newLog();
    // What is opened once, and kept.
    await runtime.run({ bundle: bundle('true') });
    const before = await openFiles();
    const script = "echo one; echo wrong >&2; printf '\\377\\0\\r\\n\\n'; printf rest";
    const container = await started(script, { path });
    expect([container.stdin, container.stdout, container.stderr]).toEqual([null, null, null]);
    expect(await container.wait()).toEqual({ code: 0, signal: null });
    expect(await written(path)).toBe('one\n\xff\0\r\n\nrest');
    expect(await written(path, 'stderr')).toBe('wrong\n');
    expect(readFileSync(path, 'latin1')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z std(out|err) F (one|wrong)\n/);
    expect(lstatSync(path).mode & 0o7777).toBe(0o600);
    for (const { time } of await entries(path)) expect(Math.abs(Date.now() - time.getTime())).toBeLessThan(60_000);
    await container.delete();
    await expectNoMoreFiles(before);
  });

  test('is kept in so many files of such a size: the end of a flood, without a gap', async () => {
    const path = newLog();
    await (await started('seq 1 60000', { path, maxSize: 65_536, maxFiles: 4 })).wait();
    const names = readdirSync(dirname(path)).sort();
    expect(names).toEqual(['log', 'log.1', 'log.2', 'log.3']);
    for (const name of names) {
      expect(lstatSync(`${dirname(path)}/${name}`).size).toBeLessThanOrEqual(65_536);
      expect(lstatSync(`${dirname(path)}/${name}`).mode & 0o7777).toBe(0o600);
    }
    const text = await written(path);
    // The first entry may be the rest of a line whose beginning was in a removed file.
    const whole = text.slice(text.indexOf('\n') + 1);
    const first = Number(whole.slice(0, whole.indexOf('\n')));
    expect(first).toBeGreaterThan(1);
    expect(whole).toBe(sequence(first, 60_000));
  });

  test('may be a single file', async () => {
    const path = newLog();
    await (await started('seq 1 20000', { path, maxSize: 65_536, maxFiles: 1 })).wait();
    expect(readdirSync(dirname(path))).toEqual(['log']);
    // A rotation may come between any two entries, also the last ones.
    const text = await written(path);
    expect([text === '', sequence(1, 20_000).endsWith(text)]).toEqual([false, true]);
  });

  test('has lines that are longer than an entry in pieces', async () => {
    const path = newLog();
    await (await started("head -c 100000 /dev/zero | tr '\\0' x; echo", { path })).wait();
    const all = await entries(path);
    expect(all.map(({ data }) => data.length).every((length) => length <= 16_384)).toBe(true);
    expect(await written(path)).toBe(`${'x'.repeat(100_000)}\n`);
  });

  test('continues after the one before, also where a crash cut an entry off', async () => {
    const path = newLog();
    await runtime.run({ bundle: bundle('echo first'), logs: { path } });
    appendFileSync(path, '2026-11-28T07:00:00.000Z std');
    expect(await runtime.run({ bundle: bundle('echo second; read x; echo $x'), logs: { path }, input: 'third\n' })).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
      reachedLimits: [],
    });
    expect(await written(path)).toBe('first\nsecond\nthird\n');
  });

  test('has one stream, while the program reads the other', async () => {
    const path = newLog();
    const { stdout, stderr } = await runtime.run({
      bundle: bundle('echo seen; echo kept >&2'),
      logs: { path },
      stdio: ['ignore', 'pipe', 'log'],
    });
    expect([stdout, stderr]).toEqual(['seen\n', '']);
    expect([await written(path), await written(path, 'stderr')]).toEqual(['', 'kept\n']);
  });

  test('has what descendants write that outlive its first process', async () => {
    const path = newLog();
    const container = await started('sleep 1000', { path });
    const script = '(until [ -e /dev/shm/now ]; do sleep 0.02; done; echo late) & echo early';
    const process = await container.exec(['sh', '-c', script], { logs: { path: `${path}-exec` } });
    await process.wait();
    expect(await written(`${path}-exec`)).toBe('early\n');
    await container.run(['touch', '/dev/shm/now']);
    await until('the late line', () => readFileSync(`${path}-exec`, 'utf8').includes('late'));
  });
});

describe('a full disk', () => {
  test('is reported once, makes the process wait in bounded memory, and loses nothing', async () => {
    const directory = disk('128k');
    const path = `${directory}/log`;
    heard.length = 0;
    // Without rotation, during which the name is absent for a moment.
    const container = await started('seq 1 300000; sleep 1000', { path, maxSize: 64 << 20 });
    await until('a warning', () => heard.length > 0);
    const before = process.memoryUsage().rss;
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(process.memoryUsage().rss - before).toBeLessThan(50 << 20);
    expect(heard).toEqual([{ code: 'TSRUN_LOG', message: `write log "${path}": no space left on device (ENOSPC)` }]);
    execFileSync('mount', ['-o', 'remount,size=64m', directory]);
    await until('the last line', () => readFileSync(path, 'latin1').endsWith(' 300000\n'));
    await container.kill('SIGKILL');
    await container.wait();
    expect(await written(path)).toBe(sequence(1, 300_000));
  });

  test('does not keep a container that has ended: what is lost is counted', async () => {
    const path = `${disk('64k')}/log`;
    heard.length = 0;
    const container = await started('while :; do echo flood; done', { path });
    await until('a warning', () => heard.length > 0);
    await container.kill('SIGKILL');
    expect((await container.wait()).signal).toBe('SIGKILL');
    await until('the loss', () => heard.length > 1);
    expect(heard[1]?.message).toMatch(/^log ".*": \d+ bytes are lost/);
  });
});

describe('a log is refused', () => {
  test.each<readonly [string, string, (path: string) => void]>([
    ['through a symbolic link', 'too many levels of symbolic links', (path) => symlinkSync(`${path}-canary`, path)],
    ['in a FIFO', 'not a regular file of this user with one name', (path) => void execFileSync('mkfifo', [path])],
    ['in a directory', 'is a directory', (path) => mkdirSync(path)],
    [
      "in another user's file",
      'not a regular file of this user with one name',
      (path) => (writeFileSync(path, ''), chownSync(path, 1000, 0)),
    ],
    ['in a file with a second name', 'not a regular file of this user with one name', (path) => linkSync(`${path}-canary`, path)],
  ])('%s, and no container is made', async (_, message, prepare) => {
    const path = newLog();
    writeFileSync(`${path}-canary`, 'unchanged\n', { mode: 0o644 });
    prepare(path);
    const before = await openFiles();
    const error = await failure(runtime.run({ bundle: bundle('echo out'), logs: { path } }));
    expect(error.message).toContain(message);
    expect(readFileSync(`${path}-canary`, 'utf8')).toBe('unchanged\n');
    expect(lstatSync(`${path}-canary`).mode & 0o777).toBe(0o644);
    await expectNoMoreFiles(before);
  });

  test('in a file that another one is kept in, until that one ends', async () => {
    const path = newLog();
    const container = await started('sleep 1000', { path });
    const error = await failure(container.run(['echo', 'two'], { logs: { path } }));
    expect(error).toMatchObject({ code: 'setup', message: `open log "${path}": another log is kept there` });
    await container.delete({ force: true });
    await runtime.run({ bundle: bundle('echo two'), logs: { path } });
    expect(await written(path)).toBe('two\n');
  });

  test.each<readonly [string, Record<string, unknown>]>([
    ['without a path', { logs: {} }],
    ['with a size below that of an entry', { logs: { path: 'log', maxSize: 1000 } }],
    ['with no file', { logs: { path: 'log', maxFiles: 0 } }],
    ['for stdin', { logs: { path: 'log' }, stdio: ['log', 'log', 'log'] }],
    ['that gets no stream', { logs: { path: 'log' }, stdio: 'ignore' }],
    ['that is not given', { stdio: ['ignore', 'log', 'log'] }],
    ['for a terminal', { logs: { path: 'log' }, terminal: { columns: 80, rows: 24 } }],
  ])('%s', async (_, request) => {
    expect((await failure(runtime.run({ bundle: bundle('true'), ...request }))).code).toBe('usage');
    expect(existsSync('log')).toBe(false);
  });
});

test('a file that a rotation finds in the place of the log is not followed', async () => {
  const path = newLog();
  writeFileSync(`${path}-canary`, 'unchanged\n');
  for (const number of [1, 2]) symlinkSync(`${path}-canary`, `${path}.${number}`);
  await (await started('seq 1 20000', { path, maxSize: 65_536, maxFiles: 3 })).wait();
  expect(readFileSync(`${path}-canary`, 'utf8')).toBe('unchanged\n');
  expect(lstatSync(`${path}.1`).isFile() && lstatSync(`${path}.2`).isFile()).toBe(true);
});

test('reading a log that does not exist, or is none, fails in words', async () => {
  const path = newLog();
  expect((await failure(entries(path))).message).toBe(`read log "${path}": no such file or directory (ENOENT)`);
  writeFileSync(path, 'x'.repeat(200_000));
  expect((await failure(entries(path))).message).toBe(`read log "${path}": a line is longer than any entry`);
});
