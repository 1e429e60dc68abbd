/**
 * Gives the executable images of the programs of hot verbs (native/quickjs/program_image.h): it makes them itself, each from the bytecode of the verb's program,
 * as long as it has none, and they are written into the room that it has for them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** In front of the room. */
const mark = Buffer.from('tsrun: programs\n');
const page = 4096;

const tryAgain = 75;
const mostTries = 100;

/** Each time the kernel loads the executable somewhere else. */
function askForImage(executable, bytecode, offset, image) {
  for (let tries = 0; tries < mostTries; tries++) {
    const { status, signal } = spawnSync(executable, [bytecode, String(offset), image], { stdio: 'inherit' });
    if (status === 0) return readImage(readFileSync(image));
    if (status !== tryAgain) throw new Error(`${executable} ${bytecode}: ended with ${String(status ?? signal)}`);
  }
  throw new Error(`${executable}: in ${mostTries} tries it was never loaded where an image can be made`);
}

/** struct Image of native/quickjs/program_image.cc. */
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

/** What is a pointer must be one wherever the executable is loaded. Only the places of shapes in the engine's hash table depend on that: there one has 0. */
function agree(one, other) {
  if (one.words !== other.words) return false;
  for (let index = 0; index < one.words; index++) {
    if (one.isPointer(index) !== other.isPointer(index) && one.word(index) !== 0n && other.word(index) !== 0n) return false;
  }
  return true;
}

function makeImage({ executable, compiler, verb, source, directory, offset }) {
  const [bytecode, image] = [join(directory, `${verb}.bytecode`), join(directory, `${verb}.image`)];
  execFileSync(compiler, ['--raw', bytecode, source], { stdio: 'inherit' });
  const [one, other] = Array.from({ length: 2 }, () => askForImage(executable, bytecode, offset, image));
  if (!agree(one, other)) throw new Error(`${executable} ${verb}: two images of it differ in what is a pointer`);
  return other.bytes;
}

/** struct Entry of native/quickjs/program_image.cc. */
const entrySize = 24;

function entryOf(verb, offset) {
  const entry = Buffer.alloc(entrySize);
  if (entry.write(verb) >= 16) throw new Error(`${verb}: too long a name for a verb`);
  entry.writeBigUInt64LE(BigInt(offset), 16);
  return entry;
}

/** Writes to `output` what `executable` is with an image for each program in `programs`; `room` is the size of its room in bytes. */
export function addImages({ executable, compiler, programs, directory, room, output }) {
  mkdirSync(directory, { recursive: true });
  const verbs = readdirSync(programs)
    .map((name) => basename(name, '.js'))
    .sort();
  // Behind the last entry an empty one has to follow.
  if (mark.length + (verbs.length + 1) * entrySize > page) throw new Error('more images than fit in the list of them');
  const file = readFileSync(executable);
  const at = file.indexOf(mark);
  if (at < 0 || file.indexOf(mark, at + 1) >= 0) throw new Error(`${executable}: it must have one room for images`);
  let offset = page;
  for (const [index, verb] of verbs.entries()) {
    const image = makeImage({ executable, compiler, verb, source: join(programs, `${verb}.js`), directory, offset });
    if (offset + image.length > room) throw new Error(`the images take more than the ${room} bytes that the executable has for them`);
    entryOf(verb, offset).copy(file, at + mark.length + index * entrySize);
    image.copy(file, at + offset);
    offset += image.length;
  }
  writeFileSync(output, file, { mode: 0o755 });
}
