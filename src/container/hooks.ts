import { cleanUp } from '../errors/clean_up.js';
import { isInterruption } from '../errors/interruption.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { signalWords } from '../errors/signal_words.js';
import { throughDescriptor } from '../errors/through_descriptor.js';
import { killAndReap } from '../init/reap.js';
import { latin1 } from '../host/latin1.js';
import { sys, isSystemError } from '../sys/call.js';
import { reapEnded } from '../sys/reap_ended.js';
import type { Cloned, Fd, ProcessExit, SystemError } from '../sys/contract.js';
import type { Hook } from '../spec/types.js';
import { throwIfInterrupted } from './interruption.js';

/** What a hook gets on its standard input: the state of the runtime specification. */
export interface HookState {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: string;
  readonly pid?: number;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface HookRun {
  readonly kind: string;
  readonly hooks: readonly Hook[] | undefined;
  readonly state: HookState;
  /** For hooks that have no timeout of their own, in seconds. */
  readonly timeout?: number | undefined;
}

/** How much of a failing hook's output is quoted, from its end. */
const quotedOutput = 4096;
/** pipe(7). */
const pipeSize = 65536;

/**
 * Runs hooks in the host's namespaces one after the other and stops at the first failure (config.md, "POSIX-platform Hooks"). As in runc,
 * they get only their configured environment, or tsrun's if none is configured, only the descriptors 0, 1 and 2, and the bundle as working
 * directory.
 */
export async function runHooks(run: HookRun): Promise<void> {
  if (run.hooks === undefined) return;
  for (let index = 0; index < run.hooks.length; index++) {
    await runHook(run, run.hooks[index] as Hook, index);
  }
}

/**
 * Runs all hooks, even if one fails, and returns the failures (config.md: failures of poststop hooks are logged as warnings, and the rest
 * continues).
 */
export async function runEveryHook(run: HookRun): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const [index, hook] of (run.hooks ?? []).entries()) {
    try {
      await runHook(run, hook, index);
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}

async function runHook(run: HookRun, hook: Hook, index: number): Promise<void> {
  const opened: Fd[] = [];
  try {
    const stdin = sys().memoryFile({ text: JSON.stringify(run.state) });
    opened.push(stdin);
    const [fromStdout, stdout] = openPipe(opened);
    const [fromStderr, stderr] = openPipe(opened);
    const child = sys().runProgram({
      path: hook.path,
      args: hook.args ?? [hook.path],
      environment: hook.env ?? sys().environment(),
      directory: run.state.bundle,
      stdin,
      stdout,
      stderr,
    });
    // So that we see the end of its output.
    for (const fd of [stdin, stdout, stderr]) sys().close({ fd: opened.splice(opened.indexOf(fd), 1)[0] as Fd });
    const outputs = [new HookOutput(fromStdout), new HookOutput(fromStderr)] as const;
    const timeout = hook.timeout ?? run.timeout;
    const exit = await waitFor(child, outputs, timeout);
    if (exit === 'timeout') throw failed(run.kind, index, hook, `timed out after ${timeout ?? 0} s`);
    if (exit.code !== 0) throw failed(run.kind, index, hook, describe(exit, outputs[0].text(), outputs[1].text()));
  } catch (error) {
    if (isSystemError(error) && !isInterruption(error)) throw failed(run.kind, index, hook, error.message, error);
    throw error;
  } finally {
    for (const fd of opened) sys().close({ fd });
  }
}

function openPipe(opened: Fd[]): readonly [Fd, Fd] {
  const [from, to] = sys().pipe() as [Fd, Fd];
  opened.push(from, to);
  return [from, to];
}

/** How a hook ended is not known if its tracer does not let it go, so it is no success. */
const kept: ProcessExit = { code: -1, signal: 0 };

/** Waits for its end. Kills it if it timed out, or if a signal tells us to end, because then nobody would wait for it any more. */
async function waitFor(child: Cloned, outputs: readonly HookOutput[], timeout: number | undefined): Promise<ProcessExit | 'timeout'> {
  let exit: ProcessExit | null = null;
  try {
    if (await readToEnd(child.pidfd, outputs, timeout)) exit = (await reapEnded(child.pidfd)) ?? kept;
  } catch (error) {
    throw await cleanUp(error, [() => killAndReap(child)]);
  }
  if (exit === null) {
    await killAndReap(child);
    return 'timeout';
  }
  sys().close({ fd: child.pidfd });
  if (exit.code !== 0) for (const output of outputs) await output.drain();
  return exit;
}

/**
 * Reads what the hook writes until it exits. Does not wait for a daemon that it leaves behind, which may keep the pipes open. Returns false
 * if the hook took too long.
 */
async function readToEnd(pidfd: Fd, outputs: readonly HookOutput[], timeout: number | undefined): Promise<boolean> {
  const deadline = timeout === undefined ? null : now() + timeout * 1000;
  for (;;) {
    const open = outputs.filter((output) => output.open);
    const left = deadline === null ? -1 : Math.max(0, Math.ceil(deadline - now()));
    const ready = await sys().whenReadable({ fds: [pidfd, ...open.map(({ fd }) => fd)], timeout: left });
    if (ready <= 0) return ready === 0;
    // There is always something to read from a hook that writes without pause.
    if (left === 0) return false;
    (open[ready - 1] as HookOutput).read();
    // With a hook that writes without pause there is nothing to wait for, and a signal would never end a wait.
    throwIfInterrupted();
  }
}

function now(): number {
  return sys().clock().monotonic / 1e6;
}

/** Not 0, because libuv checks its timers before its descriptors and would never see what is there. */
const drainMs = 20;

/** Keeps only the last part of what a hook writes to one pipe, so that neither a hook nor its daemon fills our memory or the host's. */
class HookOutput {
  readonly fd: Fd;
  #open = true;
  #tail = '';

  constructor(fd: Fd) {
    this.fd = fd;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Called after poll(2) reported data or the end. */
  read(): void {
    const bytes = sys().readSome({ fd: this.fd, limit: quotedOutput });
    if (bytes.length === 0) this.#open = false;
    this.#tail = (this.#tail + latin1(bytes)).slice(-quotedOutput);
  }

  /** Reads what is already in the pipe. */
  async drain(): Promise<void> {
    for (let rest = pipeSize / quotedOutput; rest > 0 && this.#open; rest--) {
      if ((await sys().whenReadable({ fds: [this.fd], timeout: drainMs })) < 0) return;
      this.read();
    }
  }

  text(): string {
    return (/^[\0-\x7f]*$/.test(this.#tail) ? this.#tail : fromUtf8(this.#tail)).trim();
  }
}

/** Decodes UTF-8 through sys, because neither engine's decoder is available here. The cut may have split a character. */
function fromUtf8(bytes: string): string {
  const whole = bytes.replace(/^[\x80-\xbf]{0,3}/, '');
  const fd = sys().memoryFile({ text: '' });
  try {
    sys().writeBytes({ fd, data: Uint8Array.from(whole, (byte) => byte.charCodeAt(0)) });
    return throughDescriptor({ fd, name: 'output of the hook' }, (path) => sys().readText({ path, limit: quotedOutput }));
  } catch {
    return '(not text)';
  } finally {
    sys().close({ fd });
  }
}

function describe(exit: ProcessExit, stdout: string, stderr: string): string {
  const status = exit.code < 0 ? 'it has ended, but its tracer has not waited for it' : `exit status ${exit.code}`;
  const reason = exit.signal > 0 ? signalWords(exit.signal) : status;
  return `${reason}, stdout: ${stdout}, stderr: ${stderr}`;
}

function failed(kind: string, index: number, hook: Hook, reason: string, cause?: SystemError): RuntimeError {
  return new RuntimeError(`error running ${kind} hook #${index}: "${hook.path}": ${reason}`, {
    code: 'hook',
    phase: 'hooks',
    operation: kind,
    path: hook.path,
    ...(cause === undefined ? {} : { errno: cause.code, cause }),
  });
}
