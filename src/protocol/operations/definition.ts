import type { Integer64 } from '../../json/integer64.js';

/**
 * The kinds of fields: their values in a plan, and the C type in tsrun-init, which every value must fit; otherwise the plan is rejected.
 *
 * - `flag`: 0 or 1. `u16`, `i32`, `u32`: C's integers of that size.
 * - `id`: a user or a group, but not 2^32 - 1, which means "leave as it is": the process would stay root (CVE-2026-46680). `idOrNone`: -1
 * means none.
 * - `i64`, `u64`: 64 bits, limited to what a double represents exactly. `integer64`: all 64-bit values, from a configuration.
 * - `text`: without NUL. `bytes`: anything; empty as `''`. `list`: texts.
 */
export interface ValueOf {
  readonly flag: number;
  readonly u16: number;
  readonly i32: number;
  readonly u32: number;
  readonly id: number;
  readonly idOrNone: number;
  readonly i64: number;
  readonly u64: number;
  readonly integer64: Integer64;
  readonly text: string;
  readonly bytes: Uint8Array | '';
  readonly list: readonly string[];
}

export type FieldKind = keyof ValueOf;
type TextKind = 'text' | 'bytes' | 'list';

/** Fields by name, in the order in which the numbers and the texts are written to a record. */
export type Fields = Readonly<Record<string, FieldKind>>;

export type Values<F extends Fields> = { readonly [N in keyof F]: ValueOf[F[N]] };

/** Hints for the user, by errno. */
export type Hints = Readonly<Partial<Record<string, string>>>;

export interface FailedAt {
  /** Such as `EPERM`; empty if there is none. */
  readonly errno: string;
  /** One of `step`. */
  readonly step: number;
}

/** One operation of tsrun-init. */
export interface Definition<F extends Fields> {
  /** Never reused for another operation: `start` reads reports of a tsrun-init that an older tsrun started. */
  readonly id: number;
  readonly fields: F;
  /** What it does, in one line without its name, for `tsrun plan`. */
  readonly summary: (operation: Values<F>) => string;
  /** Verb and quoted object, for the beginning of an error message: `mount "proc" on "/proc"`. */
  readonly sentence: (operation: Values<F>) => string;
  /** What the reader can do about an error, from the man pages of the operation's system calls. */
  readonly hints?: Hints;
  /** A hint that depends on more than the errno; takes precedence over `hints`. */
  readonly hint?: (operation: Values<F>, failure: FailedAt) => string | undefined;
}

/** Infers the types of the fields for the functions in the definition. */
export function operation<const F extends Fields>(definition: Definition<F>): Definition<F> {
  return definition;
}

export function isText(kind: FieldKind): kind is TextKind {
  return kind === 'text' || kind === 'bytes' || kind === 'list';
}
