import type { Fields } from './operations/definition.js';
import { operations, type Operation } from './operations.js';

/**
 * An operation of which only the number is known, with empty fields: enough to say what failed. Returns undefined if there is no such
 * number.
 */
export function unknownOperation(id: number): Operation | undefined {
  const found = Object.entries<{ readonly id: number; readonly fields: Fields }>(operations()).find(([, operation]) => operation.id === id);
  if (found === undefined) return undefined;
  const [op, { fields }] = found;
  const empty = Object.entries(fields).map(([name, kind]) => [name, emptyValues[kind] ?? 0]);
  return { op, ...Object.fromEntries(empty) } as Operation;
}

/** Empty values that are not 0. */
const emptyValues: Readonly<Partial<Record<string, string | readonly string[]>>> = { text: '', bytes: '', list: [] };
