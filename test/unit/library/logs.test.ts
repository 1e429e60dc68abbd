import fc from 'fast-check';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entriesOf, entryOf } from '../../../src/library/logs/entries.js';
import { OutputLog } from '../../../src/library/logs/output_log.js';
import { readLog } from '../../../src/library/logs/read.js';
import type { Warning } from '../../../src/library/warn.js';
import { bindSys } from '../../../src/sys/call.js';
import type { Sys } from '../../../src/sys/contract.js';

const time = new Date('2026-11-28T07:00:00.000Z');

let directory = '';
let locked = true;
beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/tsrun-log-`);
  locked = true;
  bindSys({ lockDirectory: ({ fd }: { fd: number }) => (locked ? fd : -1) } as unknown as Sys);
});
afterEach(() => rmSync(directory, { recursive: true }));

/** As a socket, of which a log needs no more. */
function source(): PassThrough & { ref(): void; unref(): void } {
  return Object.assign(new PassThrough(), { ref: () => undefined, unref: () => undefined });
}

const asSocket = (stream: PassThrough): Socket => stream as unknown as Socket;

async function text(path: string): Promise<string> {
  let all = '';
  for await (const { data, partial } of readLog(path)) all += `${Buffer.from(data).toString('latin1')}${partial ? '' : '\n'}`;
  return all;
}

describe('entries', () => {
  test('have all bytes of a stream, in groups that a file has room for', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constant(new Uint8Array(70_000)),
      fc.constant(new Uint8Array(3000).fill(10)),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        const groups = [...entriesOf('stderr', given, time)];
        expect(groups.every(({ length }) => length <= 60_000)).toBe(true);
        const lines = Buffer.concat(groups).toString('latin1').split('\n');
        expect(lines.pop()).toBe('');
        const back = lines.map((line) => {
          const entry = entryOf(Buffer.from(line, 'latin1'));
          expect(entry).toMatchObject({ time, stream: 'stderr' });
          return Buffer.concat([entry?.data ?? Buffer.alloc(0), Buffer.from(entry?.partial === true ? '' : '\n')]);
        });
        expect(Buffer.concat(back).equals(given)).toBe(true);
      }),
    );
  });

  test.each([
    '',
    'x',
    '2026-11-28T07:00:00.000Z stdout',
    '2026-11-28T07:00:00.000Z stdin F x',
    'yesterday-and-before-that stdout F x',
    ' '.repeat(99),
  ])('are not read from %j', (line) => expect(entryOf(Buffer.from(line))).toBeNull());
});

describe('a log', () => {
  test('rotates, and ends with its streams', async () => {
    const path = `${directory}/log`;
    const log = new OutputLog({ path, maxSize: 65_536, maxFiles: 2 }, () => undefined);
    const [output, errors] = [source(), source()];
    log.add('stdout', asSocket(output));
    log.add('stderr', asSocket(errors));
    log.unref();
    log.ref();
    for (let count = 0; count < 10; count++) output.write(`${String(count).repeat(20_000)}\n`);
    output.end();
    errors.end('wrong\n');
    await log.settle();
    expect(readdirSync(directory).sort()).toEqual(['log', 'log.1']);
    expect(await text(path)).toContain(`${'9'.repeat(20_000)}\n`);
  });

  test('with a single file starts it anew, and continues one that a crash cut off', async () => {
    const path = `${directory}/log`;
    writeFileSync(path, '2026-11-28', { mode: 0o666 });
    const log = new OutputLog({ path, maxSize: 65_536, maxFiles: 1 }, () => undefined);
    const output = source();
    log.add('stdout', asSocket(output));
    output.write('first\n');
    await log.settle();
    expect(await text(path)).toBe('first\n');
    output.end(Buffer.alloc(100_000, 'x'));
    await log.settle();
    expect(readdirSync(directory)).toEqual(['log']);
  });

  test('that another one is kept in is refused, and so is a symbolic link', () => {
    const path = `${directory}/log`;
    locked = false;
    expect(() => new OutputLog({ path }, () => undefined)).toThrow('another log is kept there');
    symlinkSync('/dev/null', `${directory}/link`);
    expect(() => new OutputLog({ path: `${directory}/link` }, () => undefined)).toThrow('too many levels of symbolic links');
    expect(() => new OutputLog({ path: `${directory}/absent/log` }, () => undefined)).toThrow('no such file or directory');
  });

  test('that cannot rotate reports it once, tries again, and counts what is lost when the process ends', async () => {
    const heard: Warning[] = [];
    const path = `${directory}/log`;
    const log = new OutputLog({ path, maxSize: 65_536, maxFiles: 1 }, (warning) => heard.push(warning));
    const output = source();
    log.add('stdout', asSocket(output));
    output.write(Buffer.alloc(60_000, 'x'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    locked = false;
    output.end(Buffer.alloc(60_000, 'x'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await log.settle();
    expect(heard.map(({ code }) => code)).toEqual(['TSRUN_LOG', 'TSRUN_LOG']);
    expect(heard[0]?.message).toContain('another log is kept there');
    expect(heard[1]?.message).toMatch(/: \d+ bytes are lost/);
  });

  test('without a process is closed', () => {
    const log = new OutputLog({ path: `${directory}/log` }, () => undefined);
    const output = source();
    log.add('stdout', asSocket(output));
    log.abandon();
    expect(output.destroyed).toBe(true);
    new OutputLog({ path: `${directory}/other` }, () => undefined).abandon();
  });
});
