import { show, token } from '../problem.js';
import type { Integer64 } from '../../json/integer64.js';

/** A place where a value differs from its shape. */
export interface Finding {
  /** Relative to the examined value. */
  readonly pointer: string;
  readonly expected: string;
  readonly found: string;
  readonly remedy: string;
  /** A harmless value of the right shape; undefined if it is best to remove the value. */
  readonly sample: unknown;
}

/**
 * Tests whether a value is a `T`. Returns everything that is wrong, or undefined. Allocates nothing for a correct value, because every
 * `create` runs this. `type` exists only for the compiler.
 */
export interface Shape<T> {
  (value: unknown): readonly Finding[] | undefined;
  readonly type?: T;
  /** The fields of an object. */
  readonly members?: ReadonlyMap<string, Shape<unknown>>;
  /** The shape of each entry of a list or a map. */
  readonly element?: Shape<unknown>;
}

/** A string without NUL: the kernel's strings end there, so the rest would be lost silently. */
export const text: Shape<string> = (value) => {
  if (typeof value !== 'string') return differs(value, 'a string', '');
  return value.includes('\0') ? differs(value, 'a string without NUL characters', '') : undefined;
};

export const flag: Shape<boolean> = (value) => (typeof value === 'boolean' ? undefined : differs(value, 'true or false', false));

/** A whole number in a range that JavaScript's numbers represent exactly, both ends included. */
export function integer(minimum: number, maximum: number): Shape<number> {
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return undefined;
    return differs(value, `an integer from ${minimum} to ${maximum}`, Math.max(minimum, 0));
  };
}

/**
 * A whole number in a 64-bit range. JSON.parse may have rounded a number that is not safe, so it is refused; the reader then reads the text
 * again (parse.ts), with bigints for what a number cannot represent.
 */
export function longInteger(minimum: bigint, maximum: bigint): Shape<Integer64> {
  const lowest = Number(minimum);
  return (value) => {
    if (
      typeof value === 'number'
        ? Number.isSafeInteger(value) && value >= lowest
        : typeof value === 'bigint' && value >= minimum && value <= maximum
    )
      return undefined;
    return differs(value, `an integer from ${minimum} to ${maximum}`, 0);
  };
}

/** One of the keys of a table of names. */
export function nameOf<N extends string>(names: Readonly<Record<N, unknown>>): Shape<N> {
  return (value) =>
    typeof value === 'string' && Object.hasOwn(names, value)
      ? undefined
      : differs(value, `one of ${Object.keys(names).join(', ')}`, Object.keys(names)[0]);
}

export function oneOf<N extends string>(names: readonly N[]): Shape<N> {
  return (value) =>
    (names as readonly unknown[]).includes(value)
      ? undefined
      : differs(value, `one of ${names.map((name) => name || '""').join(', ')}`, names[0]);
}

export function listOf<T>(element: Shape<T>): Shape<readonly T[]> {
  const shape: Shape<readonly T[]> = (value) => {
    if (!Array.isArray(value)) return differs(value, 'an array', []);
    let findings: Finding[] | undefined;
    for (let index = 0; index < value.length; index++) {
      const found = element(value[index]);
      if (found !== undefined) findings = collect(findings, index, found);
    }
    return findings;
  };
  return Object.assign(shape, { element });
}

/** An object with arbitrary keys. */
export function mapOf<T>(element: Shape<T>): Shape<Readonly<Record<string, T>>> {
  const map: Shape<Readonly<Record<string, T>>> = (value) => {
    if (!isObject(value)) return differs(value, 'an object', {});
    let findings: Finding[] | undefined;
    for (const key of Object.keys(value)) {
      const found = key.includes('\0') ? differs(key, 'a name without NUL characters', undefined) : element(value[key]);
      if (found !== undefined) findings = collect(findings, key, found);
    }
    return findings;
  };
  return Object.assign(map, { element });
}

/** Marks a required field. */
export interface Required<T> {
  readonly required: Shape<T>;
}

export function required<T>(shape: Shape<T>): Required<T> {
  return { required: shape };
}

type Fields<T> = { readonly [K in keyof T]-?: undefined extends T[K] ? Shape<Exclude<T[K], undefined>> : Required<T[K]> };

/**
 * An object with these fields. Others are ignored (config.md, "Extensibility"). A null field is deleted from the object: engines written in
 * Go write null for absent values, and Go's encoding/json reads it this way.
 */
export function objectOf<T extends object>(fields: Fields<T>): Shape<T> {
  const shapes = new Map<string, Shape<unknown>>();
  const mandatory: (readonly [name: string, shape: Shape<unknown>])[] = [];
  for (const [name, field] of Object.entries<Shape<unknown> | Required<unknown>>(fields)) {
    const shape = 'required' in field ? field.required : field;
    if ('required' in field) mandatory.push([name, shape]);
    shapes.set(name, shape);
  }
  const object: Shape<T> = (value) => {
    if (!isObject(value)) return differs(value, 'an object', {});
    let findings: Finding[] | undefined;
    for (const key of Object.keys(value)) {
      const shape = shapes.get(key);
      if (shape === undefined) {
        const proper = inOtherCase(key, shapes);
        if (proper !== undefined) findings = collect(findings, key, misspelt(key, proper));
        continue;
      }
      const member = value[key];
      if (member === null) {
        Reflect.deleteProperty(value, key);
        continue;
      }
      const found = shape(member);
      if (found !== undefined) findings = collect(findings, key, found);
    }
    for (const [name, shape] of mandatory) {
      if (value[name] === undefined) findings = collect(findings, name, missing(name, shape));
    }
    return findings;
  };
  return Object.assign(object, { members: shapes });
}

/**
 * Go's encoding/json accepts names in any case; tsrun and crun accept only those of the specification. A name that differs only in case is
 * probably meant, and may be a restriction, so it is refused instead of ignored like other unknown names.
 */
function inOtherCase(key: string, shapes: ReadonlyMap<string, unknown>): string | undefined {
  const low = key.toLowerCase();
  for (const name of shapes.keys()) if (name.toLowerCase() === low) return name;
  return undefined;
}

function misspelt(key: string, proper: string): readonly Finding[] {
  return [
    {
      pointer: '',
      expected: `named ${show(proper)}`,
      found: show(key),
      remedy: `write ${show(proper)}: names are case-sensitive`,
      sample: undefined,
    },
  ];
}

/** Neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function differs(value: unknown, expected: string, sample: unknown): readonly Finding[] {
  return [{ pointer: '', expected, found: show(value), remedy: `change it to ${expected}`, sample }];
}

function missing(name: string, shape: Shape<unknown>): readonly Finding[] {
  // What the shape reports for an absent value contains the value that could stand there.
  const sample = shape(undefined)?.[0]?.sample;
  return [{ pointer: '', expected: 'present', found: 'nothing', remedy: `add "${name}", which the specification requires`, sample }];
}

function collect(all: Finding[] | undefined, key: string | number, found: readonly Finding[]): Finding[] {
  const list = all ?? [];
  const prefix = token(key);
  for (const finding of found) list.push({ ...finding, pointer: prefix + finding.pointer });
  return list;
}
