import type { ContainerReference } from '../container/options.js';
import type { Globals } from '../cli/options/global.js';

/** The container that a verb was called for: its first argument names it in the state root. */
export function containerOf({ globals, args }: { readonly globals: Globals; readonly args: readonly string[] }): ContainerReference {
  return { root: globals.root, id: args[0] ?? '' };
}
