import type { OptionShape, OptionTable } from './table.js';
import { usageError } from './usage_error.js';

/** A command line with normalized options: each is `--name` or `--name=value`. */
export interface SplitArguments {
  readonly flags: readonly string[];
  readonly positionals: readonly string[];
}

export interface SplitOptions {
  readonly args: readonly string[];
  readonly names: OptionNames;
  /** Whether options may follow after an argument. False if the rest belongs to a program (exec, ps). */
  readonly permute: boolean;
}

/**
 * Reads a command line as Go's flag package does, because engines are written for runc: one dash or two before any name (containerd calls
 * `restore -no-subreaper`), and the value after `=` or in the next word, whatever it looks like. In addition, as in crun: several letters
 * in one word (`-dt`) and a value attached to a letter (`-b/bundle`).
 */
export function splitArguments({ args, names, permute }: SplitOptions): SplitArguments {
  const flags: string[] = [];
  const positionals: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      positionals.push(...rest);
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      if (permute) continue;
      positionals.push(...rest);
      break;
    }
    for (const typed of separate(word, names)) flags.push(...spell(typed, names, rest));
  }
  return { flags, positionals };
}

/** The options by every name that they have: the long name, the letter and the aliases. */
export type OptionNames = ReadonlyMap<string, readonly [string, OptionShape]>;

/** One option as typed: its name without dashes, and what followed `=`. */
interface Typed {
  readonly name: string;
  readonly value: string | undefined;
}

/** Called once for each table, when the module that has it is evaluated: a heap image contains the result (docs/decisions/0009). */
export function optionNames(table: OptionTable): OptionNames {
  const names = new Map<string, readonly [string, OptionShape]>();
  for (const [name, shape] of Object.entries(table)) {
    names.set(name, [name, shape]);
    if (shape.short !== undefined) names.set(shape.short, [name, shape]);
    for (const alias of shape.aliases ?? []) names.set(alias, [name, shape]);
  }
  return names;
}

function separate(word: string, names: OptionNames): readonly Typed[] {
  const body = word.slice(word.startsWith('--') ? 2 : 1);
  const at = body.indexOf('=');
  const whole: Typed = at < 0 ? { name: body, value: undefined } : { name: body.slice(0, at), value: body.slice(at + 1) };
  if (names.has(whole.name) || word.startsWith('--')) return [whole];
  return letters(body, names) ?? [whole];
}

/** Reads `dt` as -d and -t, and `b/x` as -b with the value /x. Returns undefined if a letter is not an option. */
function letters(body: string, names: OptionNames): readonly Typed[] | undefined {
  const typed: Typed[] = [];
  for (let i = 0; i < body.length; i++) {
    const name = body.charAt(i);
    const shape = names.get(name)?.[1];
    if (shape === undefined) return undefined;
    if (shape.kind !== 'switch') {
      const value = body.slice(i + 1);
      return [...typed, { name, value: value === '' ? undefined : value }];
    }
    typed.push({ name, value: undefined });
  }
  return typed;
}

function spell({ name, value }: Typed, names: OptionNames, rest: string[]): readonly string[] {
  const known = names.get(name);
  if (known === undefined) throw usageError(`flag provided but not defined: -${name}`);
  const [long, shape] = known;
  if (shape.kind === 'switch') return isOn(name, value) ? [`--${long}`] : [];
  if (value !== undefined) return [`--${long}=${value}`];
  if (shape.kind === 'text' && shape.bare !== undefined) return [`--${long}=${shape.bare}`];
  const next = rest.shift();
  if (next === undefined) throw usageError(`flag needs an argument: -${name}`);
  return [`--${long}=${next}`];
}

/** strconv.ParseBool of Go. */
function isOn(name: string, value: string | undefined): boolean {
  if (value === undefined || ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw usageError(`invalid boolean value ${JSON.stringify(value)} for -${name}: parse error`);
}
