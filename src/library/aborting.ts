import { RuntimeError } from '../errors/runtime-error.js';

/** What is thrown where the caller's AbortSignal ended something; the signal's reason is its cause. */
export function abortedError(signal: AbortSignal): RuntimeError {
  return new RuntimeError('the operation was aborted', { code: 'aborted', phase: 'command', cause: signal.reason });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError(signal);
}
