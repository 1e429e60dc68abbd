import { RuntimeError } from '../errors/runtime_error.js';

/** The error when the caller's AbortSignal ended something. Its cause is the signal's reason. */
export function abortedError(signal: AbortSignal): RuntimeError {
  return new RuntimeError('the operation was aborted', { code: 'aborted', phase: 'command', cause: signal.reason });
}

/** Also fails if the value is not an AbortSignal, because an abort would go unnoticed. */
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

/** Checks the members that are used, because the signal may come from another realm. */
function isSignal(signal: unknown): signal is AbortSignal {
  if (typeof signal !== 'object' || signal === null) return false;
  return (
    typeof Reflect.get(signal, 'aborted') === 'boolean' &&
    typeof Reflect.get(signal, 'addEventListener') === 'function' &&
    typeof Reflect.get(signal, 'removeEventListener') === 'function'
  );
}
