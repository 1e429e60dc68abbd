import type { HostFacts } from '../host/facts.js';
import type { Problem } from './problem.js';
import type { Spec } from './types.js';

/** One rule about what makes sense together in a configuration of the right shape. Pure. */
export type Check = (spec: Spec, host: HostFacts) => readonly Problem[];
