import type { HostFacts } from '../host/facts.js';
import type { Problem } from './problem.js';
import type { Spec } from './types.js';

/** One rule about the meaning of a configuration of the right shape. Pure. */
export type Check = (spec: Spec, host: HostFacts) => readonly Problem[];
