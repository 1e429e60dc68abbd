import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Terminal } from '../../../src/library/container/terminal/terminal.js';
import { bindSys } from '../../../src/sys/call.js';
import type { Sys } from '../../../src/sys/contract.js';

const failed = (code: string): Error => Object.assign(new Error(code), { code, call: 'read', subject: '', errno: 0 });

/** A master in memory: what can be read, then EAGAIN until more comes, and EIO when nobody has the terminal open. */
const master = { output: [] as string[], ended: false, input: '', room: Infinity, wake: (): void => undefined };
const closed: number[] = [];
const sizes: object[] = [];

vi.mock('node:fs', () => ({
  writeSync: (_fd: number, bytes: Uint8Array, from: number): number => {
    if (master.room === 0) throw failed('EAGAIN');
    const part = Buffer.from(bytes.subarray(from, from + Math.min(master.room, 5)));
    master.room -= part.length;
    master.input += part.toString('latin1');
    return part.length;
  },
}));

const calls: Partial<Sys> = {
  setNonBlocking: () => undefined,
  pipe: () => [8, 9],
  close: ({ fd }) => {
    closed.push(fd);
    master.wake();
  },
  resizeTerminal: (size) => void sizes.push(size),
  readSome: () => {
    const next = master.output.shift();
    if (next !== undefined) return Buffer.from(next);
    throw failed(master.ended ? 'EIO' : 'EAGAIN');
  },
  whenReadable: () => new Promise((resolve) => (master.wake = () => resolve(0))),
};

const show = (...words: string[]): void => {
  master.output.push(...words);
  master.wake();
};
const end = (): void => {
  master.ended = true;
  master.wake();
};
const newTerminal = (): Terminal => new Terminal({ fd: 7, size: { columns: 80, rows: 24 } });

beforeEach(() => {
  Object.assign(master, { output: [], ended: false, input: '', room: Infinity, wake: () => undefined });
  closed.splice(0);
  sizes.splice(0);
  bindSys(calls as Sys);
});

describe('a terminal', () => {
  test('shows what comes, to its end, and closes its descriptors', async () => {
    const terminal = newTerminal();
    const shown = text(terminal);
    show('one ');
    await turn();
    show('two', ' three');
    end();
    expect(await shown).toBe('one two three');
    await turn();
    expect(closed).toEqual([7, 8, 9]);
    expect(terminal.destroyed).toBe(true);
  });

  test('is not read faster than its reader takes it', async () => {
    const terminal = newTerminal();
    show(...Array.from({ length: 40 }, () => 'x'.repeat(4095)));
    terminal.once('readable', () => undefined);
    await turn();
    await turn();
    expect(master.output.length).toBeGreaterThan(20);
    end();
    expect((await text(terminal)).length).toBe(40 * 4095);
  });

  test('keeps what nobody has read when its container is gone', async () => {
    const terminal = newTerminal();
    show('last ', 'words');
    end();
    terminal.drain();
    await turn();
    expect(closed).toEqual([7, 8, 9]);
    expect(await text(terminal)).toBe('last words');
  });

  test('fails as the machine does', async () => {
    const terminal = newTerminal();
    bindSys({
      ...calls,
      readSome: () => {
        throw failed('ENOMEM');
      },
    } as Sys);
    await expect(text(terminal)).rejects.toMatchObject({ code: 'ENOMEM' });
    expect(closed).toEqual([7, 8, 9]);
  });

  test.each([
    ['a line\r', 'a line\r\x04'],
    ['no line', 'no line\x04\x04'],
    ['', '\x04'],
  ])('types %j and the end of the input', async (input, typed) => {
    const terminal = newTerminal();
    await new Promise<void>((done) => terminal.end(input, done));
    expect(master.input).toBe(typed);
  });

  test('makes a writer wait for room', async () => {
    const terminal = newTerminal();
    master.room = 7;
    let written = 0;
    terminal.write('0123456789', () => written++);
    terminal.unref();
    await sleep(10);
    expect([written, master.input]).toEqual([0, '0123456']);
    terminal.ref();
    master.room = 100;
    await vi.waitUntil(() => written === 1, { timeout: 20_000 });
    expect(master.input).toBe('0123456789');
  });

  test('discards what is typed at a process that has ended', async () => {
    const terminal = newTerminal();
    master.room = 0;
    const writes = [1, 2].map(() => new Promise((done) => terminal.write('words', done)));
    terminal.discardInput();
    await Promise.all(writes);
    expect(master.input).toBe('');
    terminal.destroy();
  });

  test('has a size, which must be one', () => {
    const terminal = newTerminal();
    expect(() => terminal.resize({ columns: 0, rows: 1 })).toThrow(expect.objectContaining({ code: 'usage', path: 'columns' }));
    terminal.resize({ columns: 90, rows: 30 });
    expect(terminal).toMatchObject({ columns: 90, rows: 30 });
    terminal.destroy();
    terminal.resize({ columns: 1, rows: 1 });
    expect(sizes).toEqual([{ fd: 7, columns: 90, rows: 30 }]);
  });
});

describe('attach', () => {
  class Person extends PassThrough {
    readonly isTTY = true;
    isRaw = false;
    readonly modes: boolean[] = [];
    setRawMode(mode: boolean): void {
      this.isRaw = mode;
      this.modes.push(mode);
    }
  }

  const listeners = (): number =>
    ['exit', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGCONT'].reduce((sum, name) => sum + process.listenerCount(name), 0);

  test('passes on both directions and the size, and restores the mode at the end', async () => {
    const before = listeners();
    const [stdin, screen] = [new Person(), Object.assign(new PassThrough(), { columns: 100, rows: 40 })];
    const terminal = newTerminal();
    const attached = terminal.attach(stdin, screen);
    expect(stdin.modes).toEqual([true]);
    stdin.write('typed');
    show('shown');
    await turn();
    Object.assign(screen, { columns: 101 });
    screen.emit('resize');
    process.emit('SIGCONT', 'SIGCONT');
    end();
    await attached;
    expect(master.input).toBe('typed');
    expect(screen.read()?.toString()).toBe('shown');
    expect(sizes).toEqual([
      { fd: 7, columns: 100, rows: 40 },
      { fd: 7, columns: 101, rows: 40 },
    ]);
    expect(stdin.modes).toEqual([true, false, true, false]);
    expect(stdin.isPaused()).toBe(true);
    expect(listeners()).toBe(before);
  });

  test.each(['stdin', 'stdout'])('fails as %s does, and restores the mode', async (which) => {
    const [stdin, stdout] = [new Person(), new PassThrough()];
    const attached = newTerminal().attach(stdin, stdout);
    (which === 'stdin' ? stdin : stdout).destroy(new Error('mine'));
    await expect(attached).rejects.toThrow('mine');
    expect(stdin.modes[0]).toBe(true);
    // A closed one has no mode.
    if (which === 'stdout') expect(stdin.isRaw).toBe(false);
  });

  test('types the end of the input if it ends, and returns when nobody sees the terminal', async () => {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    const attached = newTerminal().attach(stdin, stdout);
    stdin.end('word');
    await vi.waitUntil(() => master.input === 'word\x04\x04', { timeout: 20_000 });
    stdout.destroy();
    await attached;
  });

  test('restores the mode before a signal ends the program, unless the program has a listener of its own', async () => {
    const stdin = new Person();
    const terminal = newTerminal();
    const attached = terminal.attach(stdin, new PassThrough());
    const own = vi.fn();
    process.on('SIGHUP', own);
    process.emit('SIGHUP', 'SIGHUP');
    expect(stdin.modes).toEqual([true, false]);
    expect(own).toHaveBeenCalledOnce();
    process.off('SIGHUP', own);
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    end();
    await attached;
    const again = newTerminal().attach(stdin, new PassThrough());
    process.emit('SIGTERM', 'SIGTERM');
    expect(kill).toHaveBeenCalledWith(process.pid, 'SIGTERM');
    kill.mockRestore();
    await again;
  });
});
