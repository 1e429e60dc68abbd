import type { OptionShape, OptionTable, OptionValues } from './table.js';
import { usageError } from './usage_error.js';

/** Reads the option values that `splitArguments` has normalized to `--name` or `--name=value` with names of the table. */
export function flagValues<T extends OptionTable>(table: T, flags: readonly string[]): OptionValues<T> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(table)) values[name] = absent(table[name] as OptionShape);
  for (const flag of flags) {
    const at = flag.indexOf('=');
    const name = at < 0 ? flag.slice(2) : flag.slice(2, at);
    values[name] = read(name, table[name] as OptionShape, at < 0 ? '' : flag.slice(at + 1), values[name]);
  }
  // Each member has the type of its shape: absent() and read() implement ValueOf.
  return values as OptionValues<T>;
}

function absent(shape: OptionShape): unknown {
  switch (shape.kind) {
    case 'switch':
      return false;
    case 'text':
      return undefined;
    case 'list':
      return [];
    case 'count':
      return 0;
  }
}

/** The last of several values counts, except for a list. */
function read(name: string, shape: OptionShape, value: string, before: unknown): unknown {
  switch (shape.kind) {
    case 'switch':
      return true;
    case 'text':
      return value;
    case 'list':
      // A list of this call only; copying it for each value would take quadratic time.
      (before as string[]).push(value);
      return before;
    case 'count':
      return count(name, value);
  }
}

function count(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usageError(`invalid value ${JSON.stringify(text)} for flag -${name}: parse error`);
  return Number(text);
}
