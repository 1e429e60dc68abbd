import { operations, type Operation, type OperationName } from './operations.js';

/** An operation of which only the number is known, its fields empty: enough to say what failed. undefined for a number that does not exist. */
export function unknownOperation(id: number): Operation | undefined {
  const name = (Object.keys(operations) as OperationName[]).find((key) => operations[key].id === id);
  if (name === undefined) return undefined;
  const fields: Record<string, unknown> = { op: name };
  for (const field of operations[name].numbers) fields[field] = 0;
  for (const field of operations[name].texts) fields[field] = '';
  return fields as Operation;
}
