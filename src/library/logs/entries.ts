/** The streams that a log keeps. */
export type LoggedStream = 'stdout' | 'stderr';

/** As containerd does for Kubernetes: a longer line becomes several entries. */
const longestPiece = 16 << 10;
/** The smallest file has room for one group. */
const longestGroup = 60_000;
const newline = 0x0a;
const endOfEntry = Buffer.from('\n');

/**
 * The bytes that a stream has brought, as entries of a log: `TIME STREAM TAG BYTES`, one a line (Kubernetes' CRI format:
 * docs/decisions/0037). Entries come in groups of at most 60,000 bytes, so that a file can end after each.
 */
export function* entriesOf(stream: LoggedStream, bytes: Uint8Array, time: Date): Generator<Buffer> {
  const full = Buffer.from(`${time.toISOString()} ${stream} F `);
  const partial = Buffer.from(`${time.toISOString()} ${stream} P `);
  let group: Uint8Array[] = [];
  let size = 0;
  for (let at = 0; at < bytes.length;) {
    const end = bytes.subarray(at, at + longestPiece).indexOf(newline);
    const isFull = end >= 0;
    const piece = bytes.subarray(at, isFull ? at + end : at + longestPiece);
    const length = full.length + piece.length + 1;
    if (size + length > longestGroup) {
      yield Buffer.concat(group, size);
      group = [];
      size = 0;
    }
    group.push(isFull ? full : partial, piece, endOfEntry);
    size += length;
    at += piece.length + (isFull ? 1 : 0);
  }
  if (size > 0) yield Buffer.concat(group, size);
}

/** An entry of a log that {@link readLog} reads. */
export interface LogEntry {
  /** When the program read it. */
  readonly time: Date;
  /** Where the process wrote it. */
  readonly stream: LoggedStream;
  /** What the process wrote, without the newline at its end. */
  readonly data: Uint8Array;
  /** Whether the line continues in the next entry of this stream: there was no newline, or the line was too long for one entry. */
  readonly partial: boolean;
}

const header = /^(\S{20,40}) (stdout|stderr) ([FP]) $/;
const longestHeader = 64;

/** Returns the entry of a line, without its newline; null if the line is none, such as one that a crash cut off. */
export function entryOf(line: Buffer): LogEntry | null {
  let end = -1;
  for (let spaces = 0; spaces < 3; spaces++) {
    end = line.indexOf(0x20, end + 1);
    if (end < 0 || end > longestHeader) return null;
  }
  const [, time = '', stream, tag] = header.exec(line.toString('latin1', 0, end + 1)) ?? [];
  const date = new Date(time);
  if (stream === undefined || Number.isNaN(date.getTime())) return null;
  return { time: date, stream: stream as LoggedStream, data: line.subarray(end + 1), partial: tag === 'P' };
}
