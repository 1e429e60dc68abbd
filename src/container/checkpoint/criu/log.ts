import { latin1 } from '../../../host/latin1.js';
import { sys, isSystemError } from '../../../sys/call.js';
import type { Fd } from '../../../sys/contract.js';

const O_NONBLOCK = 0o4000;
const O_NOFOLLOW = 0o400000;
const piece = 65_536;

/** What is read of a log at most: some seconds. CRIU 4.2 writes without end if an image's file of pages is too short. */
const most = 64 << 20;

/** A file in CRIU's working directory. Others may put a symbolic link or a FIFO in its place, which is not followed, nor waited for. */
export interface CriuLog {
  readonly directory: Fd;
  readonly name: string;
}

/** CRIU ends every failure with such lines, which only say that one before was fatal, or that a helper of CRIU noticed its end. */
const closing =
  /(Dumping|Pre-dumping|Restoring|Pre-dump) FAILED\.?$|Unable to restore tree|failed with -?\d+\.?$|^cg: cgroupd: recv req error/;

/**
 * The last error in CRIU's log, without its time stamp; the closing line only if there is no other. Null without a log, or an error in it.
 */
export function lastError(log: CriuLog): string | null {
  let last: string | null = null;
  let end: string | null = null;
  linesOf(log, (line) => {
    const [, text] = /\bError \([^)]*\): (.*)$/.exec(line) ?? [];
    if (text === undefined) return;
    if (closing.test(text)) end = text;
    else last = text;
  });
  return last ?? end;
}

/** Calls `each` with every line of CRIU's log; none if it cannot be read. Of a very long log, only its beginning. */
export function linesOf({ directory, name }: CriuLog, each: (line: string) => void): void {
  let fd: Fd = -1;
  try {
    fd = sys().open({ path: name, flags: O_NOFOLLOW | O_NONBLOCK, directory });
    readLines(fd, each);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  } finally {
    if (fd >= 0) sys().close({ fd });
  }
}

/** The log may be large, so only a piece of it is held. */
function readLines(fd: Fd, each: (line: string) => void): void {
  let rest = '';
  for (let read = 0; read < most; read += piece) {
    const bytes = sys().readSome({ fd, limit: piece });
    const lines = (rest + latin1(bytes)).split('\n');
    rest = bytes.length === 0 ? '' : (lines.pop() ?? '').slice(-piece);
    lines.forEach(each);
    if (bytes.length === 0) return;
  }
}
