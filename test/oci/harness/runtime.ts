import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mark, newPath, scratch, stateRoot } from './scratch.js';

export interface Options {
  /** Text on standard input; /dev/null without. */
  readonly input?: string;
  /** Standard input is a pipe: `child.stdin` of the result of {@link start}. */
  readonly interactive?: boolean;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** --root; null for none at all. */
  readonly root?: string | null;
  /** A command in front of the runtime: `setpriv ...`. */
  readonly wrapper?: readonly string[];
  /** Descriptors from number 3 on. */
  readonly fds?: readonly number[];
  /** Milliseconds after which the call is killed and the test fails. */
  readonly timeout?: number;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The container's output so far: it inherits the streams of `create`. */
  output(): string;
  errors(): string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly done: Promise<Outcome>;
  output(): string;
  errors(): string;
}

/** Under sanitizers a runtime takes several times as long: vitest.config.ts reads it, too. */
const slowness = Number(process.env['TSRUN_TEST_SLOWNESS'] ?? 1);

/** The words of $RUNTIME: `runc`, `/path/to/tsrun`, `node dist/main.js`. */
export const runtimeCommand: readonly string[] = findRuntime();

/** Runs the runtime to its end. Its streams are files, so that a container that inherits them blocks nobody. */
export function runtime(args: readonly string[], options: Options = {}): Promise<Outcome> {
  return startRuntime(args, options).done;
}

/** Starts the runtime and leaves it running. */
export function startRuntime(args: readonly string[], options: Options = {}): Started {
  const root = options.root === undefined ? stateRoot : options.root;
  const line = [...(options.wrapper ?? []), ...runtimeCommand, ...(root === null ? [] : ['--root', root]), ...args];
  return start(line, options);
}

/** Starts any program in the same way. */
export function start(line: readonly string[], options: Options = {}): Started {
  const [program, ...rest] = line;
  if (program === undefined) throw new Error('no program');
  const streams = openStreams(options.input);
  const [stdin, stdout, stderr] = streams.fds;
  const child = spawn(program, rest, {
    cwd: options.cwd ?? scratch,
    // The mark makes every process of this test file recognizable by its environment.
    env: { ...process.env, TSRUN_TEST: mark, ...options.env },
    stdio: [options.interactive === true ? 'pipe' : stdin, stdout, stderr, ...(options.fds ?? [])],
  });
  streams.fds.forEach(closeSync);
  const output = (): string => readFileSync(streams.out, 'utf8');
  const errors = (): string => readFileSync(streams.err, 'utf8');
  const done = new Promise<Outcome>((resolve, reject) => {
    const timeout = (options.timeout ?? 20_000) * slowness;
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${line.join(' ')}: not done after ${timeout} ms\n${output()}${errors()}`));
    }, timeout);
    child.on('error', reject);
    // 'exit', not 'close', because the container continues to use the streams.
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      try {
        if (code === null) reject(new Error(`${line.join(' ')}: killed by ${String(signal)}\n${errors()}`));
        else resolve({ code, stdout: output(), stderr: errors(), output, errors });
      } catch (error) {
        // A daemon that the test file's end has killed: its files are gone, too.
        reject(error);
      }
    });
  });
  // A test that never awaits it must not crash the worker.
  done.catch(() => undefined);
  return { child, pid: child.pid ?? 0, done, output, errors };
}

function openStreams(input: string | undefined): { fds: [number, number, number]; out: string; err: string } {
  const base = newPath();
  let stdin = '/dev/null';
  if (input !== undefined) {
    stdin = `${base}.in`;
    writeFileSync(stdin, input);
  }
  const out = `${base}.out`;
  const err = `${base}.err`;
  return { fds: [openSync(stdin, 'r'), openSync(out, 'a'), openSync(err, 'a')], out, err };
}

function findRuntime(): readonly string[] {
  const project = new URL('../../../', import.meta.url).pathname;
  const words = (process.env['RUNTIME'] ?? `${project}dist/tsrun`).split(' ').filter((word) => word !== '');
  // Each call has its own working directory, so relative paths start from the project.
  return words.map((word) => (!word.startsWith('/') && word.includes('/') && existsSync(project + word) ? project + word : word));
}
