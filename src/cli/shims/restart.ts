import type { Verb } from '../verb.js';

/** Made by native/quickjs: evaluates another module of the executable. */
declare const tsrunImport: (name: string) => Promise<unknown>;
/** Left by the module that was evaluated last: src/entry/begin.ts. */
declare const tsrunBegin: () => void;

/**
 * What the executable's program of one verb finds in the place of everything that it would import later: other verbs, and help. It hands over to the program
 * that has all of them, which reads the command line anew and ends the process.
 */
async function restart(): Promise<never> {
  await tsrunImport('main.js');
  tsrunBegin();
  return new Promise<never>(() => undefined);
}

export const verb: Verb = { invoke: restart };
export { restart as printHelp, restart as printVerbHelp };
