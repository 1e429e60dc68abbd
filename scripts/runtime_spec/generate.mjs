/**
 * Usage: node scripts/runtime_spec/generate.mjs [SCHEMA]
 *
 * Writes src/library/bundle/config/, the types of a configuration, from the JSON schema of the runtime specification: that of the
 * directory SCHEMA, or else the pinned one (fetch.sh). Leaves out other operating systems and virtual machines. The files are committed,
 * because a build must not need the network.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { additions } from './additions.mjs';

const root = resolve(import.meta.dirname, '../..');
const output = join(root, 'src/library/bundle/config');
/** Fields for other platforms: config.md, "Platform". */
const others = new Set(['solaris', 'windows', 'vm', 'zos', 'freebsd', 'process.commandLine', 'process.user.username']);
/** The objects that are types of their own, each in a file: by their path. */
const named = [
  {
    place: /^$/,
    file: 'index',
    type: 'Config',
    about: 'A configuration: config.json of runtime-spec 1.3 for Linux, as its JSON schema has it.',
  },
  { place: /^hooks\.\w+$/, file: 'hook', type: 'ConfigHook', about: 'A program that is run at some moment in the life of a container.' },
  { place: /^mounts$/, file: 'mount', type: 'ConfigMount', about: 'A mount of a container.' },
  {
    place: /[ug]idMappings$/,
    file: 'id_mapping',
    type: 'ConfigIdMapping',
    about: 'A range of ids of a container, and the ids of the host that they are.',
  },
  { place: /^process$/, file: 'process', type: 'ConfigProcess', about: 'The process of a container.' },
  { place: /^linux$/, file: 'linux', type: 'ConfigLinux', about: 'What only Linux has.' },
  { place: /^linux\.resources$/, file: 'resources', type: 'ConfigResources', about: 'Limits of everything in a container together.' },
  { place: /^linux\.resources\.blockIO$/, file: 'block_io', type: 'ConfigBlockIo', about: 'Weights and rates of block devices.' },
  { place: /^linux\.seccomp$/, file: 'seccomp', type: 'ConfigSeccomp', about: 'Which system calls a container may make.' },
];
/** 64-bit integers, which a number of JavaScript cannot all hold. */
const long = 2 ** 53;

/** A file of the schema. */
function reader(directory) {
  const files = new Map();
  return (name) => {
    if (!files.has(name)) files.set(name, JSON.parse(readFileSync(join(directory, name), 'utf8')));
    return files.get(name);
  };
}

/** The schema with every reference replaced by what it refers to, and every `allOf` merged. */
function resolver(read) {
  return function whole(schema, file) {
    if (schema.$ref !== undefined) {
      const [name, path] = schema.$ref.split('#');
      const target = path
        .split('/')
        .slice(1)
        .reduce((value, key) => value[key], read(name || file));
      return whole(target, name || file);
    }
    if (schema.anyOf?.length === 1) return whole(schema.anyOf[0], file);
    if (schema.allOf !== undefined) {
      const parts = schema.allOf.map((part) => whole(part, file));
      return {
        type: 'object',
        properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
        required: parts.flatMap(({ required = [] }) => required),
      };
    }
    const inner = (value) => (value === undefined ? undefined : whole(value, file));
    const [pattern] = Object.values(schema.patternProperties ?? {});
    return {
      type: schema.type,
      required: schema.required ?? [],
      enum: schema.enum,
      maximum: schema.maximum,
      items: inner(schema.items),
      additionalProperties: inner(pattern ?? schema.additionalProperties),
      properties:
        schema.properties &&
        Object.fromEntries(Object.entries(schema.properties).map(([name, value]) => [name, isOurs(value) ? inner(value) : null])),
    };
  };
}

const isOurs = ({ $ref = '' }) => !/^config-(solaris|windows|vm|zos|freebsd)\.json/.test($ref);

function typeOf(schema, path) {
  if (schema.enum !== undefined) return schema.enum.map((word) => JSON.stringify(word)).join(' | ');
  switch (schema.type) {
    case 'string':
    case 'boolean':
      return schema.type;
    case 'integer':
      return schema.maximum > long ? 'number | bigint' : 'number';
    case 'array':
      return `readonly (${typeOf(schema.items, path)})[]`;
    case 'object':
      if (schema.properties === undefined) return `Readonly<Record<string, ${typeOf(schema.additionalProperties, path)}>>`;
      return named.find(({ place }) => place.test(path))?.type ?? `{ ${membersOf(schema, path)} }`;
    default:
      throw new Error(`${path}: no type for ${JSON.stringify(schema)}`);
  }
}

function membersOf(schema, path) {
  const properties = { ...schema.properties, ...additions[path] };
  return Object.entries(properties)
    .map(([name, value]) => [name, value, path === '' ? name : `${path}.${name}`])
    .filter(([, value, place]) => value !== null && !others.has(place))
    .map(([name, value, place]) => {
      const optional = (schema.required ?? []).includes(name) ? '' : '?';
      return `/** \`${place.replace(/^hooks\.\w+\./, 'hooks.*.').replace(/^.*[ug]idMappings\./, 'uidMappings.')}\` of config.json. */\nreadonly ${name}${optional}: ${typeOf(value, place)};`;
    })
    .join('\n');
}

/** All objects with their paths, those inside of others last. */
function* objects(schema, path = '') {
  if (schema.type === 'object' && schema.properties !== undefined) yield [path, schema];
  for (const [name, value] of Object.entries({ ...schema.properties, ...additions[path] })) {
    if (value !== null) yield* objects(value, path === '' ? name : `${path}.${name}`);
  }
  if (schema.items !== undefined) yield* objects(schema.items, path);
}

/** The text of each file. */
export async function configTypes(directory) {
  const read = reader(directory);
  const all = [...objects(resolver(read)(read('config-schema.json'), 'config-schema.json'))];
  const options = { ...(await resolveConfig(join(output, 'index.ts'))), parser: 'typescript' };
  const files = named.map(async ({ place, file, type, about }) => {
    const [path, schema] = all.find(([candidate]) => place.test(candidate));
    const body = `export interface ${type} { ${membersOf(schema, path)} }`;
    const used = named.filter((other) => other.type !== type && new RegExp(`\\b${other.type}\\b`).test(body));
    const imports = used.map((other) => `import type { ${other.type} } from './${other.file}.js';\n`).join('');
    return [
      `${file}.ts`,
      await format(`// Written by scripts/runtime_spec/generate.mjs. Do not edit.\n${imports}\n/** ${about} */\n${body}\n`, options),
    ];
  });
  return Object.fromEntries(await Promise.all(files));
}

if (process.argv[1] === import.meta.filename) {
  const given = process.argv[2];
  const directory = given ?? mkdtempSync(join(tmpdir(), 'runtime-spec-'));
  try {
    if (given === undefined) execFileSync(join(import.meta.dirname, 'fetch.sh'), [directory], { stdio: 'inherit' });
    mkdirSync(output, { recursive: true });
    for (const [name, text] of Object.entries(await configTypes(directory))) writeFileSync(join(output, name), text);
  } finally {
    if (given === undefined) rmSync(directory, { recursive: true });
  }
}
