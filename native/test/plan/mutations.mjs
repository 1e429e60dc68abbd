/**
 * Usage: node native/test/plan/mutations.mjs DIRECTORY FIELD_TESTS
 *
 * Makes TypeScript and C++ disagree in DIRECTORY, one thing at a time; the tests in this folder must detect each. FIELD_TESTS is
 * field_tests.cc, compiled from the correct table.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeCpp } from '../../../scripts/protocol/generate.mjs';
import { readTable } from '../../../scripts/protocol/table.mjs';
import { readEncoder, writeSample } from './sample.mjs';

const [directory, fieldTests] = process.argv.slice(2);
const here = 'native/test/plan';
let [passed, failed] = [0, 0];

function check(noticed, name) {
  if (noticed) passed++;
  else failed++;
  if (!noticed) console.log(`FAILED: not noticed: ${name}`);
}

const succeeds = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
// TSRUN_EMULATOR for another architecture, whose compiler is CXX.
const emulator = process.env.TSRUN_EMULATOR?.split(' ') ?? [];
const reads = (program, sample) => succeeds(...emulator, program, join(sample, 'plan'), join(sample, 'fields'));

/** Swaps every pair of neighbours in each list of fields, and of operations in the table. */
async function whatTypeScriptWrites() {
  const sample = join(directory, 'sample');
  mkdirSync(sample, { recursive: true });
  const encoder = await readEncoder();
  writeSample(sample, encoder);
  if (!reads(fieldTests, sample)) throw new Error(`${fieldTests} fails without a mutation`);
  const swap = (list, index) => ([list[index - 1], list[index]] = [list[index], list[index - 1]]);
  for (const [name, shape] of Object.entries(encoder.shapes)) {
    for (const list of [shape.numbers, shape.texts]) {
      for (let index = 1; index < list.length; index++) {
        swap(list, index);
        writeSample(sample, encoder);
        check(!reads(fieldTests, sample), `TypeScript writes ${name}.${list[index - 1]} and .${list[index]} in each other's places`);
        swap(list, index);
      }
    }
  }
  const names = Object.keys(encoder.shapes);
  const swapIds = (one, other) => ([one.id, other.id] = [other.id, one.id]);
  for (let index = 1; index < names.length; index++) {
    const [one, other] = [encoder.shapes[names[index - 1]], encoder.shapes[names[index]]];
    swapIds(one, other);
    writeSample(sample, encoder);
    // Operations without fields are not in the sample; their numbers are checked below.
    const carry = [one, other].some(({ numbers, texts }) => numbers.length + texts.length > 0);
    check(!carry || !reads(fieldTests, sample), `TypeScript gives ${names[index - 1]} and ${names[index]} each other's numbers`);
    swapIds(one, other);
  }
}

const swapped = (object, one, other) => ({ ...object, [one]: object[other], [other]: object[one] });

/** The properties of an object in another order. */
const reordered = (object, one, other) =>
  Object.fromEntries(
    Object.keys(object)
      .map((name) => (name === one ? other : name === other ? one : name))
      .map((name) => [name, object[name]]),
  );

const withOperation = (table, name, change) => ({
  ...table,
  operations: () => ({ ...table.operations(), [name]: change(table.operations()[name]) }),
});
const withFields = (name, one, other) => (table) =>
  withOperation(table, name, (operation) => ({ ...operation, fields: reordered(operation.fields, one, other) }));
const withNumbers = (key, one, other) => (table) => ({ ...table, [key]: swapped(table[key], one, other) });

/** Changes of the table from which C++ is generated, with the test that must fail: it does not compile, or does not pass. */
const ofTheTable = {
  'known_numbers.cc': {
    'two option bits, one of which protects': withNumbers('mountOption', 'noSymlinks', 'intoProcfs'),
    'two neighbouring option bits': withNumbers('mountOption', 'bind', 'recursive'),
    'two steps': withNumbers('step', 'outside', 'notFound'),
    'two points of synchronization': withNumbers('syncPoint', 'hooks', 'namespaces'),
    'two types of messages': withNumbers('messageType', 'ready', 'going'),
    'two offsets of the layout': withNumbers('layout', 'numbersOffset', 'textsOffset'),
  },
  'kernel_constants.cc': {
    'two attributes of mounts': withNumbers('mountAttribute', 'nosuid', 'nodev'),
    'two kinds of propagation': withNumbers('propagationFlag', 'slave', 'shared'),
    'two namespaces': withNumbers('namespaceFlags', 'user', 'pid'),
    'two capabilities': withNumbers('capabilityNumbers', 'CAP_SYS_ADMIN', 'CAP_SYS_CHROOT'),
    'two limits': withNumbers('rlimitNumbers', 'RLIMIT_NPROC', 'RLIMIT_NOFILE'),
  },
  'field_tests.cc': {
    'two ids of a user': withFields('user', 'uid', 'gid'),
    'two texts of a mount': withFields('mount', 'source', 'destination'),
    'two sets of attributes': withFields('mount', 'set', 'clear'),
    'two flags of a device': withFields('device', 'bind', 'covers'),
    'the numbers of two operations': (table) => {
      const { pivotRoot, moveRoot } = table.operations();
      const one = withOperation(table, 'pivotRoot', (operation) => ({ ...operation, id: moveRoot.id }));
      return withOperation(one, 'moveRoot', (operation) => ({ ...operation, id: pivotRoot.id }));
    },
  },
  'decode_tests.cc': {
    'the width of an id': (table) =>
      withOperation(table, 'user', (operation) => ({ ...operation, fields: { ...operation.fields, uid: 'u32' } })),
  },
};

async function whatIsWrittenForCpp() {
  const table = await readTable();
  const sample = join(directory, 'sample');
  writeSample(sample, await readEncoder());
  const compiler = process.env.CXX ?? 'g++';
  for (const [file, mutations] of Object.entries(ofTheTable)) {
    for (const [name, mutate] of Object.entries(mutations)) {
      const program = join(directory, 'mutated');
      writeCpp(join(directory, 'generated'), mutate(table));
      const flags = ['-std=c++17', '-O0', `-I${join(directory, 'generated')}`, ...(emulator.length > 0 ? ['-static'] : [])];
      const numbersOnly = file === 'known_numbers.cc' || file === 'kernel_constants.cc';
      const sources = numbersOnly ? ['-fsyntax-only', `${here}/${file}`] : [`${here}/${file}`, 'native/plan_decode.cc', '-o', program];
      const compiles = succeeds(compiler, ...flags, ...sources);
      // A swap of fields may compile; the program must then fail.
      if (!numbersOnly && !compiles) throw new Error(`${file} does not compile: ${name}`);
      check(!compiles || (!numbersOnly && !reads(program, sample)), `the table has ${name} in each other's places`);
    }
  }
}

await whatTypeScriptWrites();
await whatIsWrittenForCpp();
rmSync(directory, { recursive: true });
console.log(`mutations: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
