import type { Definition, Fields } from '../operations/definition.js';
import { operations, type Operation } from '../operations.js';

/** Describes operations, each in one line without its name. */
export function operationSummaries(list: readonly Operation[]): readonly string[] {
  const table = operations();
  return list.map((operation) => {
    const { summary } = table[operation.op] as unknown as Definition<Fields>;
    return summary(operation);
  });
}
