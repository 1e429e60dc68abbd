import type { Streams } from '../../init/streams.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { Loop } from '../loop/index.js';
import { startLogger, type Logger } from './logger.js';

/** Where a process's streams lead: paths of FIFOs, or URIs; empty for none. */
export interface StdioPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
}

export interface OpenStdio {
  readonly loop: Loop;
  readonly paths: StdioPaths;
  /** Of the container, for loggers. */
  readonly id: string;
  readonly namespace: string;
}

const O_RDONLY = 0;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
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

  /** Closes our copies of what the process has by now, or never will. */
  handOver(): void {
    closeAll(this.#given);
  }

  /** The client says that no more input comes: the process reads the end when the client has closed the FIFO, too. */
  closeStdin(): void {
    const fd = this.#stdin;
    this.#stdin = -1;
    if (fd >= 0) sys().close({ fd });
  }

  /** The process has ended: clients read the end of its output as soon as nobody else writes. */
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
export async function openStdio({ loop, paths, id, namespace }: OpenStdio): Promise<Stdio> {
  const given: Fd[] = [];
  const held: Fd[] = [];
  let logger: Logger | null = null;
  let stdin: Fd = -1;
  const none: Streams = [-1, -1, -1];
  try {
    if (paths.stdin !== '') stdin = open(paths.stdin, O_RDWR | O_NONBLOCK);
    const target = targetOf(paths.stdout === '' ? paths.stderr : paths.stdout);
    if (target.scheme === 'binary') {
      logger = await startLogger({ loop, uri: target.path, id, namespace });
      const [stdout, stderr] = logger.take(given, held);
      if (paths.terminal) return new Stdio({ streams: none, input: stdin, output: stdout, given, held, stdin, logger });
      return new Stdio({ streams: [readEnd(paths.stdin, given), stdout, stderr], input: -1, output: -1, given, held, stdin, logger });
    }
    if (paths.terminal) {
      const output = paths.stdout === '' ? -1 : openOutput(paths.stdout, held, O_RDWR | O_NONBLOCK);
      if (output >= 0) held.push(output);
      return new Stdio({ streams: none, input: stdin, output, given, held, stdin, logger });
    }
    const streams: Streams = [readEnd(paths.stdin, given), writeEnd(paths.stdout, given, held), writeEnd(paths.stderr, given, held)];
    return new Stdio({ streams, input: -1, output: -1, given, held, stdin, logger });
  } catch (error) {
    if (stdin >= 0) held.push(stdin);
    closeAll(given);
    closeAll(held);
    logger?.finish();
    throw error;
  }
}

/** The process's end of its input: a descriptor of its own, which waits. */
function readEnd(path: string, given: Fd[]): Fd {
  if (path === '') return -1;
  const fd = open(path, O_RDONLY);
  given.push(fd);
  return fd;
}

/** The process's end of an output. Opening does not wait for a reader, because we are one. */
function writeEnd(path: string, given: Fd[], held: Fd[]): Fd {
  if (path === '') return -1;
  const fd = openOutput(path, held, O_WRONLY);
  given.push(fd);
  return fd;
}

function openOutput(uri: string, held: Fd[], flags: number): Fd {
  const { scheme, path } = targetOf(uri);
  if (scheme === 'file') {
    makeParents(path);
    return open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644);
  }
  if (sys().status({ path, follow: true })?.kind !== 'fifo') return open(path, O_WRONLY | O_APPEND);
  if (flags !== (O_RDWR | O_NONBLOCK)) held.push(open(path, O_RDWR | O_NONBLOCK));
  return open(path, flags);
}

function open(path: string, flags: number, mode?: number): Fd {
  try {
    return sys().open({ path, flags, ...(mode === undefined ? {} : { mode }) });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'open stream', path });
  }
}

/** Directories above a log file. */
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
  readonly scheme: 'fifo' | 'file' | 'binary';
  /** A path, or the URI of a logger. */
  readonly path: string;
}

function targetOf(uri: string): Target {
  const end = uri.indexOf('://');
  if (end < 0) return { scheme: 'fifo', path: uri };
  const [scheme, rest] = [uri.slice(0, end), uri.slice(end + 3)];
  if (scheme === 'fifo') return { scheme, path: rest };
  if (scheme === 'file') return { scheme, path: rest.split('?')[0] ?? '' };
  if (scheme === 'binary' || scheme === 'binary-v2') return { scheme: 'binary', path: rest };
  throw new RuntimeError(`unknown STDIO scheme ${scheme}`, { code: 'usage', phase: 'setup', operation: 'open stream', path: uri });
}
