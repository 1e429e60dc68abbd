import { objectOf } from '../../spec/shapes/shape.js';
import { throwIfAborted } from '../aborting.js';
import type { AbortOptions } from '../requests.js';
import { checked } from './checked.js';
import { optionsOf } from './options_of.js';

const nothing = objectOf<Record<string, never>>({});

/**
 * The signal of a call that takes no other option.
 * @throws RuntimeError `usage`
 */
export function signalOf(method: string, options: AbortOptions): AbortSignal | undefined {
  const { signal, ...others } = optionsOf(method, options);
  checked({ method, value: others, shape: nothing });
  return signal;
}

/**
 * The same, if it has not aborted yet.
 * @throws RuntimeError `usage`, `aborted`
 */
export function openSignalOf(method: string, options: AbortOptions): AbortSignal | undefined {
  const signal = signalOf(method, options);
  throwIfAborted(signal);
  return signal;
}
