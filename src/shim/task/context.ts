import type { Publisher } from '../events/publisher.js';
import type { Loop } from '../loop/index.js';

/** What everything in the shim needs. */
export interface Context {
  readonly loop: Loop;
  readonly publisher: Publisher;
  /** containerd's namespace. */
  readonly namespace: string;
  /** Writes to the log that containerd reads. */
  readonly log: (message: string) => void;
}
