import { RuntimeError } from '../../errors/runtime_error.js';

/** A mistake on the command line. Uses the words of Go's flag package if engines may look for them. */
export function usageError(message: string, hint?: string): RuntimeError {
  return new RuntimeError(message, { code: 'usage', phase: 'command', ...(hint === undefined ? {} : { hint }) });
}
