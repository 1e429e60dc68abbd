import type { Integer64 } from '../../json/integer64.js';
import type { Definition, Fields } from '../operations/definition.js';
import { operations, type Operation } from '../operations.js';

/** What the operation attempted, for the beginning of an error message. */
export function operationWords(operation: Operation): string {
  const { sentence } = operations()[operation.op] as unknown as Definition<Fields>;
  return sentence(operation);
}

/** The path or name that the operation is about, for the error's `path`; empty if it has none. */
export function operationSubject(operation: Operation): string {
  const fields: Readonly<Record<string, Integer64 | string | Uint8Array | readonly string[]>> = operation;
  const subject = fields['destination'] ?? fields['path'] ?? fields['target'] ?? fields['name'] ?? fields['attribute'];
  return typeof subject === 'string' ? subject : '';
}
