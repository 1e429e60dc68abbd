import type { Streams } from '../../init/streams.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { Loop } from '../loop/index.js';
import { startLogger, type Logger } from './logger.js';
import { pathOf } from './uri.js';

/** Where a process's streams lead: paths of FIFOs, or URIs; empty for none. */
export interface StdioPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
}

/** By its ids on the host. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface OpenStdio {
  readonly loop: Loop;
  readonly paths: StdioPaths;
  /** Of the container, for loggers. */
  readonly id: string;
  readonly namespace: string;
  /** Of the FIFOs and pipes that the process gets; null leaves them as they are. */
  readonly owner: Owner | null;
}

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_NOCTTY = 0o400;
const O_APPEND = 0o2000;
const O_NONBLOCK = 0o4000;

/**
 * The streams of one process. FIFOs are given to the process itself, without copies. The shim holds the other ends, so that a client that
 * goes away neither ends the process's input nor makes its output fail: what it writes waits in the FIFO, and then the process waits.
 */
export class Stdio {
  /** What the process gets; -1 is /dev/null. */
  readonly streams: Streams;
  /** Both ends of the terminal's input and output, or -1. */
  readonly input: Fd;
  readonly output: Fd;
  readonly #given: Fd[];
  readonly #held: Fd[];
  readonly #logger: Logger | null;
  #stdin: Fd;

  constructor(parts: { streams: Streams; input: Fd; output: Fd; given: Fd[]; held: Fd[]; stdin: Fd; logger: Logger | null }) {
    this.streams = parts.streams;
    this.input = parts.input;
    this.output = parts.output;
    this.#given = parts.given;
    this.#held = parts.held;
    this.#stdin = parts.stdin;
    this.#logger = parts.logger;
  }

  /** Closes our copies of the descriptors that the process has by now, or never will have. */
  handOver(): void {
    closeAll(this.#given);
  }

  /** Call this when the client sends no more input: the process reads the end once the client has closed the FIFO, too. */
  closeStdin(): void {
    const fd = this.#stdin;
    this.#stdin = -1;
    if (fd >= 0) sys().close({ fd });
  }

  /** Call this when the process has ended: clients read the end of its output as soon as nobody else writes. */
  close(): void {
    this.handOver();
    this.closeStdin();
    closeAll(this.#held);
    this.#logger?.finish();
  }

  /** Resolves when a logger has written everything. */
  async drained(): Promise<void> {
    await this.#logger?.ended();
  }
}

function closeAll(fds: Fd[]): void {
  for (const fd of fds.splice(0)) sys().close({ fd });
}

/** @throws RuntimeError; then nothing stays open */
export async function openStdio({ loop, paths, id, namespace, owner }: OpenStdio): Promise<Stdio> {
  const given: Fd[] = [];
  const held: Fd[] = [];
  let logger: Logger | null = null;
  let stdin: Fd = -1;
  const none: Streams = [-1, -1, -1];
  try {
    if (paths.stdin !== '') stdin = open(paths.stdin, O_RDWR | O_NONBLOCK);
    const target = targetOf(paths.stdout === '' ? paths.stderr : paths.stdout);
    if (target.scheme === 'binary' || target.scheme === 'binary-v2') {
      logger = await startLogger({ loop, uri: target.path, id, namespace, mustSayReady: target.scheme === 'binary-v2' });
      const [stdout, stderr] = logger.take(given, held);
      if (paths.terminal) return new Stdio({ streams: none, input: shimsEnd(stdin, held), output: stdout, given, held, stdin, logger });
      const streams: Streams = [readEnd(stdin, given), stdout, stderr];
      own(given, owner);
      return new Stdio({ streams, input: -1, output: -1, given, held, stdin, logger });
    }
    if (paths.terminal) {
      const output = paths.stdout === '' ? -1 : openOutput(paths.stdout).fd;
      if (output >= 0) held.push(output);
      return new Stdio({ streams: none, input: shimsEnd(stdin, held), output, given, held, stdin, logger });
    }
    const streams: Streams = [readEnd(stdin, given), writeEnd(paths.stdout, given, held), writeEnd(paths.stderr, given, held)];
    own(given, owner);
    return new Stdio({ streams, input: -1, output: -1, given, held, stdin, logger });
  } catch (error) {
    if (stdin >= 0) held.push(stdin);
    closeAll(given);
    closeAll(held);
    logger?.finish();
    throw error;
  }
}

/**
 * A process in a user namespace can open its standard streams again, as /dev/stdout, only if their owner is one of its namespace. Files
 * stay as they are: a log belongs to who asked for it.
 */
function own(given: readonly Fd[], owner: Owner | null): void {
  if (owner === null) return;
  for (const fd of given) {
    if (sys().status({ path: '', follow: false, fd })?.kind !== 'fifo') continue;
    const path = `/proc/self/fd/${fd}`;
    try {
      sys().chown({ path, ...owner });
    } catch (error) {
      throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'change owner of stream', path });
    }
  }
}

/** The process's end of its input: an open file of its own, which waits. We have it open for writing, too, so opening does not wait. */
function readEnd(stdin: Fd, given: Fd[]): Fd {
  if (stdin < 0) return -1;
  const fd = reopen(stdin, O_RDONLY);
  given.push(fd);
  return fd;
}

/** Our end of a terminal's input. It ends when all writers have closed the FIFO, and our {@link Stdio.closeStdin} was called. */
function shimsEnd(stdin: Fd, held: Fd[]): Fd {
  if (stdin < 0) return -1;
  const fd = reopen(stdin, O_RDONLY | O_NONBLOCK);
  held.push(fd);
  return fd;
}

/** The process's end of an output, which it can only write to. Of a FIFO we keep an end to read, so opening waits for nobody. */
function writeEnd(uri: string, given: Fd[], held: Fd[]): Fd {
  if (uri === '') return -1;
  const { fd: ours, isFifo } = openOutput(uri);
  if (isFifo) held.push(ours);
  try {
    const fd = reopen(ours, isFifo ? O_WRONLY : O_WRONLY | O_APPEND);
    given.push(fd);
    return fd;
  } finally {
    if (!isFifo) sys().close({ fd: ours });
  }
}

/**
 * Opens an output without waiting, because the path of a log file may be a FIFO that nobody reads. Checks the open file, not the path:
 * the file may be replaced between a check and the open.
 */
function openOutput(uri: string): { readonly fd: Fd; readonly isFifo: boolean } {
  const { scheme, path } = targetOf(uri);
  if (scheme === 'file') makeParents(path);
  const fd = open(path, O_RDWR | O_APPEND | O_NONBLOCK | (scheme === 'file' ? O_CREAT : 0), 0o644);
  return { fd, isFifo: sys().status({ path: '', follow: false, fd })?.kind === 'fifo' };
}

/** Opens an open file again. */
function reopen(fd: Fd, flags: number): Fd {
  return open(`/proc/self/fd/${fd}`, flags);
}

function open(path: string, flags: number, mode?: number): Fd {
  try {
    return sys().open({ path, flags: flags | O_NOCTTY, ...(mode === undefined ? {} : { mode }) });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'open stream', path });
  }
}

/** Creates the directories above a log file. */
function makeParents(path: string): void {
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (parent === '' || sys().status({ path: parent, follow: true }) !== null) return;
  makeParents(parent);
  try {
    sys().makeDirectory({ path: parent, mode: 0o755 });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'create directory', path: parent });
  }
}

interface Target {
  readonly scheme: 'fifo' | 'file' | 'binary' | 'binary-v2';
  /** A path, or the URI of a logger. */
  readonly path: string;
}

function targetOf(uri: string): Target {
  const end = uri.indexOf('://');
  if (end < 0) return { scheme: 'fifo', path: uri };
  const [scheme, rest] = [uri.slice(0, end), uri.slice(end + 3)];
  if (scheme === 'fifo') return { scheme, path: rest };
  if (scheme === 'file') return { scheme, path: pathOf(rest) };
  if (scheme === 'binary' || scheme === 'binary-v2') return { scheme, path: rest };
  throw new RuntimeError(`unknown STDIO scheme ${scheme}`, { code: 'usage', phase: 'setup', operation: 'open stream', path: uri });
}
