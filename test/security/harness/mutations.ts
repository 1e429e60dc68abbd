import * as fc from 'fast-check';

/** A JSON value. Every value in it has a path of names and indices. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Path = readonly (string | number)[];

/** Values that somebody or something may write where another is expected. */
const wrong: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1,
    0.5,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    -(2 ** 63),
    1e308,
    '',
    ' ',
    '/',
    '..',
    '/..',
    '.',
    '\0',
    '\n',
    '\ud800',
    '/dev/null',
    '/proc/self/exe',
    'none-such',
    [],
    {},
  ),
  fc.constantFrom<Json>('a'.repeat(256), 'a/'.repeat(3000), [[]], [null], [{}], { '': '' }, { __proto__: 1 }),
  fc.string({ maxLength: 20 }),
  fc.integer(),
  fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
);

export type Mutation = {
  readonly kind: 'replace' | 'remove' | 'repeat' | 'swap' | 'add';
  readonly at: number;
  readonly other: number;
  readonly value: Json;
};

export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({ kind: fc.constantFrom('replace', 'remove', 'repeat', 'swap', 'add'), at: fc.nat(), other: fc.nat(), value: wrong }),
  { minLength: 1, maxLength: 3 },
);

/** Returns a copy of `document` with the mutations applied in order. */
export function mutated(document: unknown, list: readonly Mutation[]): Json {
  const copy = JSON.parse(JSON.stringify(document)) as Json;
  for (const mutation of list) mutate(copy, mutation);
  return copy;
}

function mutate(root: Json, { kind, at, other, value }: Mutation): void {
  const all = paths(root);
  const path = all[at % all.length];
  const second = all[other % all.length];
  if (path === undefined || second === undefined) return;
  const before = get(root, path);
  if (kind === 'replace') set(root, path, value);
  else if (kind === 'remove') remove(root, path);
  else if (kind === 'repeat') repeat(root, path);
  else if (kind === 'add') add(before, value);
  else {
    set(root, path, copyOf(get(root, second)));
    if (get(root, second) !== undefined) set(root, second, copyOf(before));
  }
}

/** The paths of everything below the root. */
function paths(value: Json | undefined, own: Path = []): readonly Path[] {
  if (value === null || value === undefined || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const path = [...own, name];
    return [path, ...paths(child, path)];
  });
}

function get(root: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (at, name) => (at === null || typeof at !== 'object' ? undefined : (at as { [name: string]: Json })[name]),
    root,
  );
}

function holder(root: Json, path: Path): { [name: string]: Json } | undefined {
  const found = get(root, path.slice(0, -1));
  return found !== null && typeof found === 'object' ? (found as { [name: string]: Json }) : undefined;
}

function set(root: Json, path: Path, value: Json | undefined): void {
  const at = holder(root, path);
  const name = path.at(-1);
  if (at !== undefined && name !== undefined && value !== undefined) at[name] = value;
}

function remove(root: Json, path: Path): void {
  const at = holder(root, path);
  const name = path.at(-1);
  if (at === undefined || name === undefined) return;
  if (Array.isArray(at)) at.splice(Number(name), 1);
  else Reflect.deleteProperty(at, name);
}

function repeat(root: Json, path: Path): void {
  const at = holder(root, path);
  const value = get(root, path);
  if (Array.isArray(at) && value !== undefined) at.push(copyOf(value));
}

function add(at: Json | undefined, value: Json): void {
  if (Array.isArray(at)) at.push(value);
  else if (at !== null && typeof at === 'object') at[typeof value === 'string' ? value : 'unknown'] = value;
}

function copyOf(value: Json | undefined): Json | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);
}
