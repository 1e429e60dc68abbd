import { decodeBlock, utf8, type Block } from './header.js';
import { blockSize, padding, type Attributes, type MemberHeader } from './member.js';
import { attributesOf, parsePax, type PaxRecords } from './pax.js';
import { checkSparse, isSparseOfGnu, sparseOfGnu, sparseOfPax, type Extent, type Sparse } from './sparse.js';

/** A member of an archive, and its content, which is to be read before the next member. */
export interface Member extends MemberHeader {
  /** Of a sparse file: which parts of it the content is; the rest are zeros, up to its size. null if the content is all of the file. */
  readonly extents: readonly Extent[] | null;
  readonly attributes: Attributes;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Bytes of a header that describes the next one, and of all that follows the end. */
const mostMetadata = 1 << 20;

/**
 * Reads an archive in the formats ustar, pax and GNU, one piece of the source at a time.
 * @throws Error with what is wrong with the archive; what the source throws
 */
export async function* membersOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Member, void> {
  const pieces = new Pieces(source);
  try {
    let globals: PaxRecords = {};
    let records: PaxRecords = {};
    let attributes: Attributes = new Map();
    for (;;) {
      const bytes = await pieces.exactly(blockSize);
      const block = decodeBlock(bytes);
      if (block === null) break;
      if (/^[xgLK]$/.test(block.letter)) {
        const body = await metadata(pieces, block);
        if (block.letter === 'g') globals = { ...globals, ...forAll(parsePax(body)) };
        else records = { ...records, ...described(block.letter, body) };
        if (block.letter === 'x') attributes = attributesOf(body);
        continue;
      }
      const header = complete(block, { ...globals, ...records });
      const { sparse, stored } = await sparseOf({ bytes, header, records, pieces });
      records = {};
      const own = attributes;
      attributes = new Map();
      const content = pieces.content(stored);
      yield { ...header, size: sparse?.size ?? stored, extents: sparse?.extents ?? null, attributes: own, content };
      for await (const _ of content);
      await pieces.exactly(padding(stored));
    }
    // So that a program which writes it to a pipe can end.
    await pieces.discard(mostMetadata);
  } finally {
    await pieces.close();
  }
}

interface Found {
  readonly bytes: Buffer;
  readonly header: MemberHeader;
  readonly records: PaxRecords;
  readonly pieces: Pieces;
}

/** The holes of a member, null if it has none, and how many bytes of content follow. */
async function sparseOf({ bytes, header, records, pieces }: Found): Promise<{ readonly sparse: Sparse | null; readonly stored: number }> {
  const { size, type } = header;
  if (type !== 'file') return { sparse: null, stored: size };
  const next = (length: number): Promise<Buffer> => pieces.exactly(length);
  const sparse = isSparseOfGnu(bytes) ? { ...(await sparseOfGnu(bytes, next)), taken: 0 } : await sparseOfPax(records, next);
  if (sparse === null) return { sparse, stored: size };
  checkSparse(sparse, size - sparse.taken);
  return { sparse, stored: size - sparse.taken };
}

async function metadata(pieces: Pieces, { size }: Block): Promise<Buffer> {
  if (size < 0 || size > mostMetadata) throw new Error('an extended header is too long');
  const body = await pieces.exactly(size);
  await pieces.exactly(padding(size));
  return body;
}

/** Which parts a file has cannot be the same for all. */
function forAll(records: PaxRecords): PaxRecords {
  return Object.fromEntries(Object.entries(records).filter(([key]) => !key.startsWith('GNU.sparse.')));
}

/** `L` and `K` are GNU's long names. */
function described(letter: string, body: Buffer): PaxRecords {
  if (letter === 'x') return parsePax(body);
  const end = body.indexOf(0);
  const name = utf8(end < 0 ? body : body.subarray(0, end));
  return letter === 'L' ? { path: name } : { linkpath: name };
}

function complete({ letter: _, ...block }: Block, { path, linkpath, size, uid, gid, mtime, ...others }: PaxRecords): MemberHeader {
  const isFile = block.type === 'file' || block.type === 'unknown';
  const header = {
    ...block,
    path: given(others['GNU.sparse.name'] ?? path, block.path),
    linkPath: given(linkpath, block.linkPath),
    // What is no file has no content, whatever its header says.
    size: isFile ? numberOr(size, block.size) : 0,
    uid: numberOr(uid, block.uid),
    gid: numberOr(gid, block.gid),
    mtime: numberOr(mtime, block.mtime),
  };
  for (const name of ['size', 'uid', 'gid'] as const) {
    if (!Number.isSafeInteger(header[name]) || header[name] < 0) throw new Error(`the ${name} of a member is not a whole number`);
  }
  return header;
}

/** An empty record takes the value of the block. */
function given(record: string | undefined, otherwise: Buffer): string {
  return record === undefined || record === '' ? utf8(otherwise) : record;
}

function numberOr(record: string | undefined, otherwise: number): number {
  const value = record === undefined || record === '' ? otherwise : Number(record);
  if (!Number.isFinite(value)) throw new Error('an extended header has a number that is none');
  return value;
}

/** A source in pieces of other sizes. Never holds more than one piece of the source and what was asked for. */
class Pieces {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async exactly(size: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.content(size)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *content(size: number): AsyncGenerator<Uint8Array, void> {
    for (let left = size; left > 0;) {
      if (this.#rest.length === 0 && !(await this.#next())) throw new Error('the archive ends in the middle');
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async discard(most: number): Promise<void> {
    for (let size = this.#rest.length; size < most && (await this.#next());) size += this.#rest.length;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #next(): Promise<boolean> {
    const { done, value } = (await this.#source.next()) as { readonly done?: boolean; readonly value: unknown };
    if (done === true) return false;
    if (!(value instanceof Uint8Array)) throw new TypeError('the source of an archive must bring bytes');
    this.#rest = value;
    return true;
  }
}
