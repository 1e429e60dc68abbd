import { RuntimeError } from '../errors/runtime-error.js';
import { signalWords } from '../errors/signal_words.js';
import { door, isSystemError } from '../native/call.js';
import type { Fd, ProcessExit } from '../native/contract.js';
import type { Hook } from '../spec/types.js';

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
}

/** How much of a failing hook's output is quoted. */
const quotedOutput = 4096;

/**
 * Runs hooks of the host's namespaces one after the other; the first that fails ends it (config.md, "POSIX-platform Hooks"). They get only their
 * configured environment, or tsrun's where none is configured, no descriptors but 0, 1, 2, and start in the bundle, as runc's do.
 */
export async function runHooks(run: HookRun): Promise<void> {
  if (run.hooks === undefined) return;
  for (let index = 0; index < run.hooks.length; index++) {
    await runHook(run, run.hooks[index] as Hook, index);
  }
}

async function runHook(run: HookRun, hook: Hook, index: number): Promise<void> {
  const opened: Fd[] = [];
  const file = (text: string): Fd => {
    const fd = door().memoryFile({ text });
    opened.push(fd);
    return fd;
  };
  try {
    const stdin = file(JSON.stringify(run.state));
    const stdout = file('');
    const stderr = file('');
    const child = door().runProgram({
      path: hook.path,
      args: hook.args ?? [hook.path],
      environment: hook.env ?? door().environment(),
      directory: run.state.bundle,
      stdin,
      stdout,
      stderr,
    });
    opened.push(child.pidfd);
    const exit = await waitFor(child.pidfd, hook.timeout);
    if (exit === 'timeout') throw failed(run.kind, index, hook, `timed out after ${hook.timeout ?? 0} s`);
    if (exit.code !== 0) throw failed(run.kind, index, hook, describe(exit, output(stdout), output(stderr)));
  } catch (error) {
    if (isSystemError(error)) throw failed(run.kind, index, hook, error.message, error.code);
    throw error;
  } finally {
    for (const fd of opened) door().close({ fd });
  }
}

async function waitFor(pidfd: Fd, timeout: number | undefined): Promise<ProcessExit | 'timeout'> {
  const ready = await door().whenReadable({ fds: [pidfd], timeout: timeout === undefined ? -1 : timeout * 1000 });
  if (ready < 0) {
    door().signalProcess({ pidfd, signal: 9 });
    await door().whenReadable({ fds: [pidfd], timeout: -1 });
    door().reap({ pidfd });
    return 'timeout';
  }
  return door().reap({ pidfd }) ?? { code: 0, signal: 0 };
}

/** The hook shares the file's position, so the text is read through a new opening of it. */
function output(fd: Fd): string {
  try {
    return door().readText({ path: `/proc/self/fd/${fd}`, limit: quotedOutput }).trim();
  } catch {
    return '(output too long or not text)';
  }
}

function describe(exit: ProcessExit, stdout: string, stderr: string): string {
  const reason = exit.signal > 0 ? signalWords(exit.signal) : `exit status ${exit.code}`;
  return `${reason}, stdout: ${stdout}, stderr: ${stderr}`;
}

function failed(kind: string, index: number, hook: Hook, reason: string, errno?: string): RuntimeError {
  return new RuntimeError(`error running ${kind} hook #${index}: "${hook.path}": ${reason}`, {
    code: 'hook',
    phase: 'hooks',
    operation: kind,
    path: hook.path,
    ...(errno === undefined ? {} : { errno }),
  });
}
