import { numberAt } from './header.js';
import { blockSize } from './member.js';
import type { PaxRecords } from './pax.js';

/** A part of a file that an archive has; what is between them are holes. */
export interface Extent {
  readonly offset: number;
  readonly size: number;
}

/** A sparse file as GNU tar writes it ("Storing Sparse Files" in its manual). */
export interface Sparse {
  readonly extents: readonly Extent[];
  /** Of the file, with its holes. */
  readonly size: number;
}

/** So that an archive of a small size cannot take much memory. */
const mostExtents = 100_000;
/** The longest number of the map, with its newline. */
const longestNumber = 21;

/** What follows a header in an archive. */
type Next = (size: number) => Promise<Buffer>;

export function isSparseOfGnu(header: Buffer): boolean {
  return header[156] === 0x53;
}

/** Type `S`: four extents in the header, 21 in each block after it. */
export async function sparseOfGnu(header: Buffer, next: Next): Promise<Sparse> {
  const extents = extentsAt(header, 386, 4);
  for (let more = header[482]; more !== 0;) {
    const block = await next(blockSize);
    extents.push(...extentsAt(block, 0, 21));
    limit(extents.length);
    more = block[504];
  }
  return { extents, size: numberAt(header, [483, 12]) };
}

function extentsAt(block: Buffer, start: number, most: number): Extent[] {
  const extents: Extent[] = [];
  for (let at = start; at < start + most * 24 && block[at + 12] !== 0; at += 24) {
    extents.push({ offset: numberAt(block, [at, 12]), size: numberAt(block, [at + 12, 12]) });
  }
  return extents;
}

/**
 * The pax formats 1.0, whose map is in front of the content, and 0.1, whose map is a record; null for a file without holes.
 * @returns also how many bytes of the content the map takes
 */
export async function sparseOfPax(records: PaxRecords, next: Next): Promise<(Sparse & { readonly taken: number }) | null> {
  const version = `${records['GNU.sparse.major'] ?? '0'}.${records['GNU.sparse.minor'] ?? '1'}`;
  const map = records['GNU.sparse.map'];
  if (version === '1.0') return { ...(await mapBefore(next)), size: whole(records['GNU.sparse.realsize'] ?? '') };
  if (map === undefined) return null;
  const numbers = map.split(',').map(whole);
  return { extents: pairs(numbers), size: whole(records['GNU.sparse.size'] ?? ''), taken: 0 };
}

/** Decimal numbers with a newline after each: how many extents, then two for each; then zeros up to the end of the block. */
async function mapBefore(next: Next): Promise<{ readonly extents: readonly Extent[]; readonly taken: number }> {
  let rest = '';
  let taken = 0;
  const number = async (): Promise<number> => {
    for (;;) {
      const end = rest.indexOf('\n');
      if (end >= 0) {
        const text = rest.slice(0, end);
        rest = rest.slice(end + 1);
        return whole(text);
      }
      if (rest.length > longestNumber) throw damaged();
      rest += (await next(blockSize)).toString('latin1');
      taken += blockSize;
    }
  };
  const count = await number();
  limit(count);
  const numbers: number[] = [];
  while (numbers.length < 2 * count) numbers.push(await number());
  return { extents: pairs(numbers), taken };
}

function pairs(numbers: readonly number[]): readonly Extent[] {
  limit(numbers.length / 2);
  if (numbers.length % 2 !== 0) throw damaged();
  return numbers.flatMap((offset, index) => (index % 2 === 0 ? [{ offset, size: numbers[index + 1] ?? 0 }] : []));
}

/**
 * @param stored - how many bytes of content the archive has
 * @throws Error if the extents are not in order, or not those bytes
 */
export function checkSparse({ extents, size }: Sparse, stored: number): void {
  let end = 0;
  let sum = 0;
  for (const extent of extents) {
    if (extent.offset < end || extent.size < 0) throw damaged();
    end = extent.offset + extent.size;
    sum += extent.size;
  }
  if (!Number.isSafeInteger(size) || end > size || sum !== stored) throw damaged();
}

function whole(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : -1;
  if (value < 0 || !Number.isSafeInteger(value)) throw damaged();
  return value;
}

function limit(count: number): void {
  if (count > mostExtents) throw new Error(`a sparse member has more than ${mostExtents} parts`);
}

function damaged(): Error {
  return new Error('not a tar archive: the map of a sparse member is damaged');
}
