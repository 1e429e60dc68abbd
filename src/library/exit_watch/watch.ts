import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import type { Fd, Sys } from '../../sys/contract.js';

/** A container, as the other process is told of it. */
export interface Told {
  readonly number: number;
  readonly root: string;
  readonly id: string;
}

/** What the other process needs to stop a unit of systemd. NODE_OPTIONS and the like are not for it. */
const passedOn = ['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'DBUS_SYSTEM_BUS_ADDRESS'];

/** Milliseconds: one that ended sooner is not started again before the next creation. */
const soon = 1000;

/**
 * A process that removes containers when this thread ends, for whatever reason: its standard input is a socket of this thread, which the
 * kernel, or Node.js with the thread, closes.
 */
export class ExitWatch {
  /** Tells containers of this thread from others with the same id: in their records. */
  readonly token = randomUUID();
  readonly #told = new Map<number, string>();
  #count = 0;
  #process: ChildProcess | null = null;

  /**
   * Tells the process of a container before anything of it exists. Returns what forgets it.
   * @throws RuntimeError `setup` if there can be no such process
   */
  async add({ root, id }: Pick<Told, 'root' | 'id'>): Promise<() => void> {
    const number = ++this.#count;
    const line = `${JSON.stringify({ number, root, id })}\n`;
    this.#told.set(number, line);
    try {
      await (this.#process === null ? this.#start() : this.#write(line));
    } catch (error) {
      this.#told.delete(number);
      throw failed(error);
    }
    return () => this.#forget(number);
  }

  #forget(number: number): void {
    if (this.#told.delete(number)) this.#write(`${JSON.stringify({ number })}\n`).catch(() => undefined);
  }

  async #start(): Promise<void> {
    const began = Date.now();
    const child = spawn(process.execPath, [createRequire(import.meta.url).resolve('#exit-watch'), this.token], {
      cwd: '/',
      // Its own session: a terminal's keys do not end it.
      detached: true,
      env: Object.fromEntries(passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#process = child;
    child.unref();
    const stdin = child.stdin as Socket;
    stdin.unref();
    // Writing fails with the same error.
    stdin.on('error', () => undefined);
    const held = hold(child);
    child.on('exit', () => {
      this.#process = null;
      if (held >= 0) sys().close({ fd: held });
      // Somebody killed it.
      if (this.#told.size > 0 && Date.now() - began > soon) this.#start().catch(() => undefined);
    });
    const begun = new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.on('error', (error) => {
        this.#process = null;
        reject(error);
      });
    });
    // Before it runs, so that it is told even if this program is killed now.
    const told = this.#write([...this.#told.values()].join(''));
    told.catch(() => undefined);
    await begun;
    await told;
  }

  /** Resolves when the kernel has it, so that it arrives even if this program is killed. */
  async #write(text: string): Promise<void> {
    const stdin = this.#process?.stdin ?? null;
    if (stdin === null) throw new Error('it has ended');
    await new Promise<void>((resolve, reject) => {
      stdin.write(text, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }
}

/**
 * Opens a pidfd of it, -1 if there is none. Node.js does not reap the children of a terminated worker thread; what the addon holds for a
 * thread, it reaps after it (`native/core/host/left_children.h`).
 */
function hold({ pid }: ChildProcess): Fd {
  try {
    return pid === undefined ? -1 : sys().openProcess({ pid });
  } catch {
    // Without descriptors it works all the same.
    return -1;
  }
}

function failed(cause: unknown): RuntimeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RuntimeError(`start the process that removes containers when this program ends: ${reason}`, {
    code: 'setup',
    phase: 'spawn',
    operation: 'exit watch',
    cause,
    hint: 'killOnExit needs a second process of Node.js: check the limits on processes and descriptors',
  });
}

/** One for the addon of this thread; tests use more than one machine. */
const watches = new WeakMap<Sys, ExitWatch>();

/** The one that the runtimes of this thread share. */
export function exitWatch(): ExitWatch {
  let watch = watches.get(sys());
  if (watch === undefined) watches.set(sys(), (watch = new ExitWatch()));
  return watch;
}
