import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { GivenDescriptors } from '../container/create/preserve.js';
import type { Streams } from '../init/streams.js';
import { unfit } from '../init/streams.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import { OutputLog } from './logs/output_log.js';
import type { LogsRequest } from './logs/request.js';
import type { Warn } from './warn.js';

/**
 * One standard stream of a process: a pipe to this program (`pipe`), this program's own stream (`inherit`), /dev/null (`ignore`), the file
 * of `logs` (`log`, not for stdin), or an open file, given as a descriptor or as an object
 * with one, such as a `FileHandle` or a socket. The process gets a copy; the file stays the caller's to close.
 */
export type StreamRequest = 'pipe' | 'inherit' | 'ignore' | 'log' | OpenFile;

/** An open file: a descriptor, or an object with one. */
export type OpenFile =
  | Fd
  | {
      /** An open descriptor. */
      readonly fd: Fd;
    };

/** What a process gets besides its standard streams. The process gets copies; the files stay the caller's to close. */
export interface HandedFiles {
  /**
   * Keeps the output in a file: those of stdout and stderr for which `stdio` says `log`; by default both, with `ignore` for stdin. This
   * program writes the file, and {@link readLog} reads it. Not together with a terminal. If a write fails, as on a full disk, there is a
   * warning ({@link RuntimeOptions.onWarning}), and the process waits with its output until it can be written.
   */
  readonly logs?: LogsRequest;
  /** Open files that the process gets as 3 and on, in this order, after those of `listenFds`. Default: none. */
  readonly preserveFds?: readonly OpenFile[];
  /**
   * Listening sockets that the process gets as 3 and on, with their number in `LISTEN_FDS` (sd_listen_fds(3)). Default: none, also if this
   * program has such sockets itself.
   */
  readonly listenFds?: readonly OpenFile[];
}

/** One request for all three standard streams, or one each for stdin, stdout and stderr. */
export type Stdio = 'pipe' | 'inherit' | 'ignore' | readonly [StreamRequest, StreamRequest, StreamRequest];

/** As many as one plan can hand over, less tsrun's own. */
const mostFiles = 128;

/** Both sides of a process's streams. */
export interface OpenedStdio {
  /** The process's side. */
  readonly streams: Streams;
  /** What it has besides. */
  readonly given: GivenDescriptors;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly log: OutputLog | null;
  /** Closes our copies of the process's ends: the process has its own by now, and we must see the end of its output. */
  readonly handOver: () => void;
  /** Closes everything, because there is no process. */
  readonly abandon: () => void;
}

/** Opens what is requested; never closes anything of the caller's. */
export function openStdio(stdio: Stdio, { listenFds = [], preserveFds = [], logs }: HandedFiles, warn: Warn): OpenedStdio {
  const [stdin, stdout, stderr] = typeof stdio === 'string' ? ([stdio, stdio, stdio] as const) : three(stdio);
  const isLogged = checkLogged([stdin, stdout, stderr], logs);
  const log = logs === undefined ? null : new OutputLog(logs, warn);
  const given: Fd[] = [];
  const ours: Socket[] = [];
  const handOver = (): void => {
    for (const fd of given.splice(0)) sys().close({ fd });
  };
  const abandon = (): void => {
    handOver();
    for (const socket of ours) socket.destroy();
    log?.abandon();
  };
  try {
    const input = openStream(stdin, 0, given, ours);
    const output = openStream(stdout, 1, given, ours);
    const errors = openStream(stderr, 2, given, ours);
    if (output.stream !== null && isLogged[1]) log?.add('stdout', output.stream);
    if (errors.stream !== null && isLogged[2]) log?.add('stderr', errors.stream);
    const copies = { listen: copiesOf(listenFds, 'listenFds', given), others: copiesOf(preserveFds, 'preserveFds', given) };
    return {
      streams: [input.fd, output.fd, errors.fd],
      given: copies,
      stdin: input.stream,
      stdout: isLogged[1] ? null : output.stream,
      stderr: isLogged[2] ? null : errors.stream,
      log,
      handOver,
      abandon,
    };
  } catch (error) {
    abandon();
    throw error;
  }
}

function three(stdio: Exclude<Stdio, string>): Exclude<Stdio, string> {
  if (Array.isArray(stdio) && stdio.length === 3) return stdio;
  throw invalidStdio(`a word, or three requests for stdin, stdout and stderr`);
}

/** Which of the three streams are logged. */
function checkLogged(requests: readonly StreamRequest[], logs: LogsRequest | undefined): readonly boolean[] {
  const isLogged = requests.map((request) => request === 'log');
  const problem =
    isLogged[0] === true
      ? '"log" is not for stdin'
      : isLogged.includes(true) === (logs !== undefined)
        ? null
        : logs === undefined
          ? '"log" needs "logs"'
          : '"logs" needs "log" for stdout or stderr';
  if (problem === null) return isLogged;
  throw new RuntimeError(`"stdio" is wrong: ${problem}`, {
    code: 'usage',
    phase: 'command',
    path: 'stdio',
    hint: 'with "logs", leave "stdio" out, or use "log" for what the file keeps',
  });
}

function openStream(
  request: StreamRequest,
  number: 0 | 1 | 2,
  given: Fd[],
  ours: Socket[],
): { readonly fd: Fd; readonly stream: Socket | null } {
  if (request === 'ignore') return { fd: -1, stream: null };
  if (request !== 'pipe' && request !== 'log') {
    // A copy: the caller may close its file before the process is created, and the number may then be another file's.
    const fd = copyOf(request === 'inherit' ? number : descriptorOf(request));
    given.push(fd);
    return { fd, stream: null };
  }
  const [readEnd, writeEnd] = sys().pipe() as readonly [Fd, Fd];
  const writes = number === 0;
  // A socket, not a file stream: libuv polls a pipe, but a file stream would block a thread of its pool in read(2).
  const own = writes ? writeEnd : readEnd;
  const stream = new Socket({ fd: own, readable: !writes, writable: writes });
  sys().giveAway({ fd: own });
  ours.push(stream);
  const fd = writes ? readEnd : writeEnd;
  given.push(fd);
  return { fd, stream };
}

/** Copies, which are also added to those to be closed. */
function copiesOf(files: readonly OpenFile[], name: string, given: Fd[]): readonly Fd[] {
  if (!Array.isArray(files) || files.length > mostFiles) {
    throw new RuntimeError(`"${name}" must be an array of at most ${mostFiles} open files`, {
      code: 'usage',
      phase: 'command',
      path: name,
    });
  }
  return files.map((file) => {
    const fd = copyOf(descriptorOf(file));
    given.push(fd);
    return fd;
  });
}

function copyOf(fd: Fd): Fd {
  try {
    return sys().copyStream({ fd });
  } catch (error) {
    throw isSystemError(error) ? unfit(error) : error;
  }
}

/** A closed socket or file has the descriptor -1, which later means /dev/null. */
function descriptorOf(request: unknown): Fd {
  const fd: unknown = typeof request === 'object' && request !== null ? Reflect.get(request, 'fd') : request;
  if (typeof fd === 'number' && Number.isInteger(fd) && fd >= 0 && fd <= 0x7fffffff) return fd;
  throw invalidStdio('"pipe", "inherit", "ignore", "log", or an open file');
}

function invalidStdio(expected: string): RuntimeError {
  return new RuntimeError(`"stdio" must be ${expected}`, { code: 'usage', phase: 'command' });
}

/** Destroys a stream that nobody reads or has read: it would keep its descriptor forever. */
export function destroyUnread(stream: Readable): void {
  const isRead = stream.readableDidRead || stream.readableFlowing !== null || stream.listenerCount('readable') > 0;
  if (!isRead) stream.destroy();
}
