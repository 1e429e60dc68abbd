import { encodeBlock, letterOf, type WritableType } from './header.js';
import { blockSize, padding, type Attributes, type MemberHeader } from './member.js';
import { formatAttributes, formatPax } from './pax.js';

/** The blocks before a member's content: one, or three if a value has no room in one, or there are extended attributes. */
export function headerBlocks(header: MemberHeader & { readonly type: WritableType }, attributes: Attributes = new Map()): Buffer {
  const letter = letterOf(header.type);
  const block = encodeBlock(header, letter);
  if (block !== null && attributes.size === 0) return block;
  const { path, linkPath, size, uid, gid, mtime } = header;
  const records = formatPax({
    path,
    ...(linkPath === '' ? {} : { linkpath: linkPath }),
    ...(header.type === 'file' ? { size: String(size) } : {}),
    uid: String(uid),
    gid: String(gid),
    mtime: String(mtime),
  });
  const body = Buffer.concat([records, formatAttributes(attributes)]);
  const simple = { ...header, path: 'long', linkPath: '', size: 0, uid: 0, gid: 0, mtime: 0 };
  const before = encodeBlock({ ...simple, path: 'pax', mode: 0o600, size: body.length }, 'x');
  const after = encodeBlock({ ...simple, size: size < 8 ** 11 ? size : 0 }, letter);
  if (before === null || after === null) throw new Error('a header has no room');
  return Buffer.concat([before, body, Buffer.alloc(padding(body.length)), after]);
}

/** The end of an archive. */
export const endOfArchive = Buffer.alloc(2 * blockSize);
