import { isText, type Fields } from './operations/definition.js';
import { operations, type OperationName } from './operations.js';

/** The record of an operation: its number, and the names of the integers and texts in order. */
export interface Shape {
  readonly id: number;
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
}

/**
 * Shapes by name. Every start of a container encodes a plan, so the command's bundles contain this result instead of the table that it is
 * computed from (scripts/bundle.mjs).
 */
export const shapes: Readonly<Record<OperationName, Shape>> = Object.fromEntries(
  Object.entries<{ readonly id: number; readonly fields: Fields }>(operations()).map(([name, { id, fields }]) => {
    const names = Object.keys(fields);
    const isTextField = (field: string): boolean => isText(fields[field] ?? 'text');
    return [name, { id, numbers: names.filter((field) => !isTextField(field)), texts: names.filter(isTextField) }];
  }),
) as unknown as Record<OperationName, Shape>;
