import { RuntimeError } from '../errors/runtime_error.js';

/** What is thrown where the caller's AbortSignal ended something; the signal's reason is its cause. */
export function abortedError(signal: AbortSignal): RuntimeError {
  return new RuntimeError('the operation was aborted', { code: 'aborted', phase: 'command', cause: signal.reason });
}

/** Also where the signal is none: nobody could hear of its abortion. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal !== undefined && !isSignal(signal)) {
    throw new RuntimeError('"signal" must be an AbortSignal', {
      code: 'usage',
      phase: 'command',
      hint: 'pass the signal of an AbortController, not the controller',
    });
  }
  if (signal?.aborted === true) throw abortedError(signal);
}

/** By what is used of it: it may come from another realm. */
function isSignal(signal: unknown): signal is AbortSignal {
  if (typeof signal !== 'object' || signal === null) return false;
  return (
    typeof Reflect.get(signal, 'aborted') === 'boolean' &&
    typeof Reflect.get(signal, 'addEventListener') === 'function' &&
    typeof Reflect.get(signal, 'removeEventListener') === 'function'
  );
}
