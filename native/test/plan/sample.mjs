/**
 * Usage: node native/test/plan/sample.mjs DIRECTORY
 *
 * Writes plans encoded by TypeScript: `plan`, in which each record has one field set and the others empty, and `fields` with a line
 * `OPERATION FIELD` for each record.
 */
import { build } from 'esbuild';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const isText = (kind) => ['text', 'bytes', 'list'].includes(kind);
const empty = { text: '', bytes: '', list: [] };
const set = { text: 'x', bytes: Uint8Array.of(1), list: ['x'] };

/** The encoder with its table, which a test may modify. */
export async function readEncoder() {
  const contents = ['encode', 'operations', 'shapes'].map((name) => `export * from './src/protocol/${name}.ts';`).join('\n');
  const { outputFiles } = await build({ stdin: { contents, resolveDir: '.' }, bundle: true, format: 'esm', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

export function writeSample(directory, { encodePlan, operations }) {
  const records = Object.entries(operations()).flatMap(([op, { fields }]) => {
    const blank = Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, isText(kind) ? empty[kind] : 0]));
    const one = (name) => ({ ...blank, op, [name]: isText(fields[name]) ? set[fields[name]] : 1 });
    return Object.keys(fields).map((name) => ({ name, record: one(name) }));
  });
  const encoded = encodePlan(
    records.map(({ record }) => record),
    (text) => new TextEncoder().encode(text),
  );
  writeFileSync(join(directory, 'plan'), encoded);
  writeFileSync(join(directory, 'fields'), records.map(({ name, record }) => `${record.op} ${name}\n`).join(''));
}

if (process.argv[1] === import.meta.filename) writeSample(process.argv[2], await readEncoder());
