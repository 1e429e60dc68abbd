/**
 * Usage: node scripts/images.mjs EXECUTABLE COMPILER LOADER PROGRAMS DIRECTORY ROOM OUTPUT
 *
 * The last step of the build, which is optional: gives the executable images of the programs of hot verbs
 * (native/quickjs/heap/program_image.h). A copy of the executable, the maker, makes each image from the bytecode of the verb's program; the
 * images are written into the executable's room for them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The mark at the start of the room: that of the installed executable, and that of the maker (native/quickjs/heap/maker.cc). */
const mark = Buffer.from('tsrun: programs\n');
const makerMark = Buffer.from('tsrun: the maker');
const page = 4096;

/**
 * Where the maker is loaded, so that the same sources give the same bytes. The second address is for comparison. Neither looks like text or
 * a small number, and both fit into 39 bits, the address space of some arm64 kernels.
 */
const addresses = ['0x59a0000000', '0x6bb0000000'];

function askForImage({ emulator, loader, maker, address, bytecode, offset, image }) {
  execFileSync(emulator, [loader, address, maker, bytecode, String(offset), image], { stdio: 'inherit' });
  return readImage(readFileSync(image));
}

/** struct Image of native/quickjs/heap/room.h. */
function readImage(bytes) {
  const words = Number(bytes.readBigUInt64LE(0));
  const masks = 16;
  const start = Math.ceil((masks + Math.ceil(words / 64) * 8) / page) * page;
  return {
    bytes,
    words,
    word: (index) => bytes.readBigUInt64LE(start + index * 8),
    isPointer: (index) => (bytes[masks + (index >> 3)] >> (index & 7)) % 2 === 1,
  };
}

/**
 * Checks that a pointer in one image is a pointer in the other. Only the positions of shapes in the engine's hash table depend on the
 * address; one image may have 0 there.
 */
function agree(one, other) {
  if (one.words !== other.words) return false;
  for (let index = 0; index < one.words; index++) {
    if (one.isPointer(index) !== other.isPointer(index) && one.word(index) !== 0n && other.word(index) !== 0n) return false;
  }
  return true;
}

function makeImage({ emulator, compiler, loader, maker, verb, source, directory, offset }) {
  const [bytecode, image] = [join(directory, `${verb}.bytecode`), join(directory, `${verb}.image`)];
  execFileSync(emulator, [compiler, '--raw', bytecode, source], { stdio: 'inherit' });
  const [other, one] = addresses.toReversed().map((address) => askForImage({ emulator, loader, maker, address, bytecode, offset, image }));
  if (!agree(one, other)) throw new Error(`${verb}: images made at different addresses differ in what is a pointer`);
  return one.bytes;
}

/** struct Entry of native/quickjs/heap/room.h. */
const entrySize = 24;

function entryOf(verb, offset) {
  const entry = Buffer.alloc(entrySize);
  if (entry.write(verb) >= 16) throw new Error(`${verb}: too long a name for a verb`);
  entry.writeBigUInt64LE(BigInt(offset), 16);
  return entry;
}

/** Finds the mark of the room in `file`. */
function roomIn(file, name) {
  const at = file.indexOf(mark);
  if (at < 0 || file.indexOf(mark, at + 1) >= 0) throw new Error(`${name}: it must have one room for images`);
  return at;
}

/** Writes a copy of the executable that makes images instead of containers. */
function writeMaker(file, at, path) {
  const copy = Buffer.from(file);
  makerMark.copy(copy, at);
  writeFileSync(path, copy, { mode: 0o755 });
  return path;
}

/**
 * Writes `executable` with an image for each program in `programs` to `output`. `compiler` and `loader` are the build tools
 * bytecode-compiler and load-at, which `emulator` runs; `room` is the size of the executable's room in bytes.
 */
export function addImages({ emulator = 'env', executable, compiler, loader, programs, directory, room, output }) {
  mkdirSync(directory, { recursive: true });
  const verbs = readdirSync(programs)
    .map((name) => basename(name, '.js'))
    .sort();
  // An empty entry must follow the last one.
  if (mark.length + (verbs.length + 1) * entrySize > page) throw new Error('more images than fit in the list of them');
  const file = readFileSync(executable);
  const at = roomIn(file, executable);
  const maker = writeMaker(file, at, join(directory, 'maker'));
  let offset = page;
  for (const [index, verb] of verbs.entries()) {
    const image = makeImage({ emulator, compiler, loader, maker, verb, source: join(programs, `${verb}.js`), directory, offset });
    if (offset + image.length > room) throw new Error(`the images take more than the ${room} bytes that the executable has for them`);
    entryOf(verb, offset).copy(file, at + mark.length + index * entrySize);
    image.copy(file, at + offset);
    offset += image.length;
  }
  writeFileSync(output, file, { mode: 0o755 });
}

if (process.argv[1] === import.meta.filename) {
  const [executable, compiler, loader, programs, directory, room, output] = process.argv.slice(2);
  addImages({ executable, compiler, loader, programs, directory, room: Number(room), output });
}
