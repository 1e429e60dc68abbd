import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Readable, Writable } from 'node:stream';

/** Debian's package, which scripts/setup/browser.sh installs. */
export const browser = '/usr/bin/chromium';
export const hasBrowser = existsSync(browser);

interface Answer {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A page in a real browser. */
export interface Page {
  /** The value of an expression. */
  evaluate(expression: string): Promise<unknown>;
  /** Presses keys; `\r` is Enter, and a control character is its key with Ctrl. */
  type(text: string): Promise<void>;
  /** Closes the page. */
  close(): Promise<void>;
  /** Ends the browser. */
  quit(): Promise<void>;
}

/** Starts a browser without a window and opens a page. It is told what to do by the Chrome DevTools Protocol, through pipes. */
export async function openPage(url: string): Promise<Page> {
  const profile = mkdtempSync(`${tmpdir()}/browser-`);
  // The tests run as root, and chromium's own sandbox refuses that; it shows only pages of the examples.
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--remote-debugging-pipe'];
  const child = spawn(browser, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
    // If it is killed, it leaves temporary files.
    env: { ...process.env, TMPDIR: profile },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const call = caller(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const { targetId } = await call('Target.createTarget', { url });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  const ask = (method: string, parameters: object) => call(method, parameters, sessionId as string);
  return {
    async evaluate(expression) {
      const { result, exceptionDetails } = await ask('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
      if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
      return (result as { readonly value?: unknown }).value;
    },
    async type(text) {
      for (const character of text) for (const event of keyEvents(character)) await ask('Input.dispatchKeyEvent', event);
    },
    async close() {
      await call('Target.closeTarget', { targetId });
    },
    async quit() {
      // It has children of its own.
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** Messages are JSON texts, each ended by a NUL. */
function caller(input: Writable, output: Readable) {
  const waiting = new Map<number, (answer: Answer) => void>();
  let rest = '';
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer;
      if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
    }
  });
  let last = 0;
  return async (method: string, params: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>> => {
    const id = ++last;
    const { result, error } = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      input.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
    });
    waiting.delete(id);
    if (result === undefined) throw new Error(`${method}: ${error?.message ?? 'no result'}`);
    return result;
  };
}

function keyEvents(character: string): readonly object[] {
  if (character === '\r') {
    const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 };
    return [
      { type: 'keyDown', text: '\r', ...key },
      { type: 'keyUp', ...key },
    ];
  }
  if (character >= ' ') {
    return [
      { type: 'keyDown', text: character, key: character },
      { type: 'keyUp', key: character },
    ];
  }
  const letter = String.fromCharCode(character.charCodeAt(0) + 64);
  const key = { key: letter.toLowerCase(), code: `Key${letter}`, windowsVirtualKeyCode: letter.charCodeAt(0), modifiers: 2 };
  return [
    { type: 'rawKeyDown', ...key },
    { type: 'keyUp', ...key },
  ];
}
