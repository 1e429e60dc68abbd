import { objectOf } from '../../spec/shapes/shape.js';
import type { AbortOptions } from '../requests.js';
import { checked } from './checked.js';

const nothing = objectOf<Record<string, never>>({});

/**
 * The signal of a call that takes no other option.
 * @throws RuntimeError `usage`
 */
export function signalOf(method: string, options: AbortOptions): AbortSignal | undefined {
  if (typeof options !== 'object') checked({ method, value: options, shape: nothing });
  const { signal, ...others } = options;
  checked({ method, value: others, shape: nothing });
  return signal;
}
