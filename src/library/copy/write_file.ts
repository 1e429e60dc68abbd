import { fchmod, ftruncate, futimes, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Fd } from '../../sys/contract.js';
import type { Member } from './tar/read.js';

const written = promisify(write);
const modeChanged = promisify(fchmod);
const timesChanged = promisify(futimes);
const sizeChanged = promisify(ftruncate);

/** Writes a new file: content with its holes, mode and time. */
export async function writeFile(fd: Fd, { content, extents, size, mtime }: Member, mode: number): Promise<void> {
  const parts = content[Symbol.asyncIterator]();
  let part: Uint8Array = new Uint8Array();
  for (const extent of extents ?? [{ offset: 0, size }]) {
    const end = extent.offset + extent.size;
    for (let at = extent.offset; at < end;) {
      if (part.length === 0) {
        const { done, value } = await parts.next();
        if (done === true) break;
        part = value;
      }
      const { bytesWritten } = await written(fd, part, 0, Math.min(part.length, end - at), at);
      at += bytesWritten;
      part = part.subarray(bytesWritten);
    }
  }
  // What follows the last part is a hole.
  if (extents !== null) await sizeChanged(fd, size);
  // write(2) may remove some of the bits.
  await modeChanged(fd, mode);
  await timesChanged(fd, mtime, mtime);
}
