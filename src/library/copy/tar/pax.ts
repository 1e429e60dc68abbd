import { utf8 } from './header.js';
import type { Attributes } from './member.js';

type OfSparse = `GNU.sparse.${'major' | 'minor' | 'name' | 'size' | 'realsize' | 'map' | 'numblocks'}`;

/** The records of a pax header that are understood. */
export type PaxRecords = Readonly<Partial<Record<'path' | 'linkpath' | 'size' | 'uid' | 'gid' | 'mtime' | OfSparse, string>>>;

/** What comes before the name of an extended attribute. */
const schily = 'SCHILY.xattr.';
/** XATTR_SIZE_MAX of linux/limits.h. */
const mostValue = 65_536;

const known = /^(path|linkpath|size|uid|gid|mtime|GNU\.sparse\.(major|minor|name|size|realsize|map|numblocks))$/;

/**
 * Reads the records that are understood.
 * @throws Error with what is wrong
 */
export function parsePax(body: Buffer): PaxRecords {
  const records: Record<string, string> = {};
  for (const { key, value } of recordsOf(body)) {
    if (known.test(key)) records[key] = utf8(value);
    // Its content is not that of the file.
    else if (key.startsWith('GNU.sparse.')) throw new Error('a member is in a format for sparse files that is not supported');
  }
  return records;
}

/**
 * The extended attributes of a header, as GNU tar, star and bsdtar write them. Those that do not begin with `user.` are left out: they mean
 * something to the kernel, or to a security module.
 * @throws Error with what is wrong
 */
export function attributesOf(body: Buffer): Attributes {
  const attributes = new Map<string, Uint8Array>();
  for (const { key, value } of recordsOf(body)) {
    if (!key.startsWith(`${schily}user.`)) continue;
    const name = utf8(Buffer.from(decodedName(key.slice(schily.length)), 'latin1'));
    if (name.includes('\0') || value.length > mostValue) throw damaged();
    attributes.set(name, value);
  }
  return attributes;
}

/** Records `LENGTH KEY=VALUE\n`, by their length, because a value may contain newlines (POSIX pax, "pax Extended Header"). */
function* recordsOf(body: Buffer): Generator<{ readonly key: string; readonly value: Buffer }, void> {
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 ? '' : body.toString('latin1', at, space);
    const length = /^[1-9][0-9]{0,6}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = body.indexOf(0x3d, space);
    if (length === 0 || end > body.length || body[end - 1] !== 0x0a || equals < 0 || equals >= end) throw damaged();
    yield { key: body.toString('latin1', space + 1, equals), value: body.subarray(equals + 1, end - 1) };
    at = end;
  }
}

function damaged(): Error {
  return new Error('not a tar archive: an extended header is damaged');
}

/** Writes records. */
export function formatPax(records: PaxRecords): Buffer {
  return Buffer.concat(Object.entries(records).map(([key, value]) => record(Buffer.from(` ${key}=${value}\n`))));
}

/** Writes extended attributes. */
export function formatAttributes(attributes: Attributes): Buffer {
  return Buffer.concat(
    [...attributes].map(([name, value]) =>
      record(Buffer.concat([Buffer.from(` ${schily}${encodedName(name)}=`), value, Buffer.from('\n')])),
    ),
  );
}

/** As GNU tar: a keyword ends at the first `=`. */
const encodedName = (name: string): string => name.replace(/%/g, '%25').replace(/=/g, '%3D');
const decodedName = (name: string): string => name.replace(/%3D/g, '=').replace(/%25/g, '%');

/** The length counts its own digits. */
function record(rest: Buffer): Buffer {
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
