import { complete } from './complete.js';
import type { Verb } from '../verb.js';

/**
 * Replaces everything that the executable's program of one verb would import later: other verbs, and help. It hands over to the program
 * that contains all of them.
 */
const restart = (): Promise<never> => complete('main.js');

export const verb: Verb = { invoke: restart };
export { restart as printHelp, restart as printVerbHelp, restart as loadSystemd };
