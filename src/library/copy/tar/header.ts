import { blockSize, type MemberHeader } from './member.js';

/** The offset and the length in bytes of a field of a header block (POSIX pax, "ustar Interchange Format"). */
type Place = readonly [number, number];

const places = {
  path: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  linkPath: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const satisfies Record<string, Place>;
const typeAt = 156;
const posixMagic = 'ustar\x0000';

const types: Readonly<Record<string, MemberHeader['type']>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character device',
  '4': 'block device',
  '5': 'directory',
  '6': 'FIFO',
  '7': 'file',
  // GNU's sparse files.
  S: 'file',
};
const letters = { file: '0', link: '1', symlink: '2', directory: '5' } as const;

/** A header block as it is. Numbers that a block cannot hold are in a block before it. */
export interface Block extends Omit<MemberHeader, 'path' | 'linkPath'> {
  /** Bytes, because a name that is cut off, and is whole in a block before it, may end within a character. */
  readonly path: Buffer;
  readonly linkPath: Buffer;
  /** One character, which also stands for blocks that describe the next one (`x`, `g`, `L`, `K`). */
  readonly letter: string;
}

export type WritableType = keyof typeof letters;

/**
 * Reads a block; null for a block of zeros.
 * @throws Error with what is wrong
 */
export function decodeBlock(block: Buffer): Block | null {
  if (block.every((byte) => byte === 0)) return null;
  if (numberAt(block, places.checksum) !== checksum(block)) throw new Error('not a tar archive: the checksum of a header is wrong');
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? text(block, places.prefix) : Buffer.alloc(0);
  const name = text(block, places.path);
  const letter = String.fromCharCode(block[typeAt] ?? 0);
  const named = types[letter] ?? 'unknown';
  // Old archives know no directories.
  const type = named === 'file' && name.at(-1) === 0x2f ? 'directory' : named;
  return {
    letter,
    type,
    path: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    linkPath: text(block, places.linkPath),
    mode: numberAt(block, places.mode) & 0o7777,
    uid: numberAt(block, places.uid),
    gid: numberAt(block, places.gid),
    size: numberAt(block, places.size),
    mtime: numberAt(block, places.mtime),
  };
}

/** Writes a block; null if a field has no room for its value. */
export function encodeBlock(header: MemberHeader, letter: string): Buffer | null {
  const block = Buffer.alloc(blockSize);
  const [prefix, name] = splitPath(header.path);
  const fits = [
    putText(block, places.prefix, prefix),
    putText(block, places.path, name),
    putText(block, places.linkPath, header.linkPath),
    putNumber(block, places.mode, header.mode),
    putNumber(block, places.uid, header.uid),
    putNumber(block, places.gid, header.gid),
    putNumber(block, places.size, header.size),
    putNumber(block, places.mtime, header.mtime),
  ];
  putText(block, places.magic, posixMagic);
  block.write(letter, typeAt, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, places.checksum[0], 'latin1');
  return fits.includes(false) ? null : block;
}

export function letterOf(type: WritableType): string {
  return letters[type];
}

/** The sum of all bytes, those of the checksum counted as spaces. */
function checksum(block: Buffer): number {
  const [at, length] = places.checksum;
  let sum = length * 0x20;
  block.forEach((byte, index) => (sum += index >= at && index < at + length ? 0 : byte));
  return sum;
}

/** Bytes as UTF-8. */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error('a name is not UTF-8');
  }
}

function text(block: Buffer, [at, length]: Place): Buffer {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Octal digits, or with the first bit set a binary number (GNU, star). */
export function numberAt(block: Buffer, [at, length]: Place): number {
  const bytes = block.subarray(at, at + length);
  const first = bytes[0] ?? 0;
  if (first >= 0x80) {
    const value = BigInt.asIntN(length * 8 - 1, BigInt(`0x${bytes.toString('hex')}`));
    if (value < BigInt(Number.MIN_SAFE_INTEGER) || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error('a number is too large');
    return Number(value);
  }
  const digits = bytes.toString('latin1').replace(/\0.*$/s, '').trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error('not a tar archive: a header has a number that is not octal');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function putText(block: Buffer, [at, length]: Place, value: string): boolean {
  // In a name that is cut off, a character may be cut off, too: the block is not used then.
  const bytes = Buffer.from(value);
  bytes.copy(block, at, 0, length);
  return bytes.length <= length;
}

function putNumber(block: Buffer, [at, length]: Place, value: number): boolean {
  const fits = value >= 0 && value < 8 ** (length - 1);
  block.write(`${(fits ? value : 0).toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  return fits;
}

/** At a slash, so that both parts have room. */
function splitPath(path: string): readonly [string, string] {
  if (Buffer.byteLength(path) <= places.path[1]) return ['', path];
  for (let slash = path.indexOf('/', 1); slash > 0 && slash < path.length - 1; slash = path.indexOf('/', slash + 1)) {
    const parts = [path.slice(0, slash), path.slice(slash + 1)] as const;
    if (Buffer.byteLength(parts[1]) <= places.path[1]) return parts;
  }
  return ['', path];
}
