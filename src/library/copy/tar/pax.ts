import { utf8 } from './header.js';

type OfSparse = `GNU.sparse.${'major' | 'minor' | 'name' | 'size' | 'realsize' | 'map' | 'numblocks'}`;

/** The records of a pax header that are understood. */
export type PaxRecords = Readonly<Partial<Record<'path' | 'linkpath' | 'size' | 'uid' | 'gid' | 'mtime' | OfSparse, string>>>;

const known = /^(path|linkpath|size|uid|gid|mtime|GNU\.sparse\.(major|minor|name|size|realsize|map|numblocks))$/;

/**
 * Reads records `LENGTH KEY=VALUE\n`. By their length, because a value may contain newlines (POSIX pax, "pax Extended Header").
 * @throws Error with what is wrong
 */
export function parsePax(body: Buffer): PaxRecords {
  const records: Record<string, string> = {};
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 ? '' : body.toString('latin1', at, space);
    const length = /^[1-9][0-9]{0,6}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = body.indexOf(0x3d, space);
    if (length === 0 || end > body.length || body[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      throw new Error('not a tar archive: an extended header is damaged');
    }
    const key = body.toString('latin1', space + 1, equals);
    if (known.test(key)) records[key] = utf8(body.subarray(equals + 1, end - 1));
    // Its content is not that of the file.
    else if (key.startsWith('GNU.sparse.')) throw new Error('a member is in a format for sparse files that is not supported');
    at = end;
  }
  return records;
}

/** Writes records. */
export function formatPax(records: PaxRecords): Buffer {
  return Buffer.concat(Object.entries(records).map(([key, value]) => record(Buffer.from(` ${key}=${value}\n`))));
}

/** The length counts its own digits. */
function record(rest: Buffer): Buffer {
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
