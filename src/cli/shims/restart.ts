import type { Verb } from '../verb.js';

/** Provided by native/quickjs: evaluates another module of the executable. */
declare const tsrunImport: (name: string) => Promise<unknown>;
/** Set by the module that was evaluated last: src/entry/begin.ts. */
declare const tsrunBegin: () => void;

/**
 * Replaces everything that the executable's program of one verb would import later: other verbs, and help. It hands over to the program
 * that contains all of them, which reads the command line again and exits the process.
 */
async function restart(): Promise<never> {
  await tsrunImport('main.js');
  tsrunBegin();
  return new Promise<never>(() => undefined);
}

export const verb: Verb = { invoke: restart };
export { restart as printHelp, restart as printVerbHelp, restart as loadSystemd };
