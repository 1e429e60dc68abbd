import type { Publisher } from '../events/publisher.js';
import type { Loop } from '../loop/index.js';
import type { Adoption } from './checkpoint.js';

/** What everything in the shim needs. */
export interface Context {
  readonly loop: Loop;
  readonly publisher: Publisher;
  readonly adoption: Adoption;
  /** containerd's namespace. */
  readonly namespace: string;
  /** Writes to the log that containerd reads. */
  readonly log: (message: string) => void;
}
