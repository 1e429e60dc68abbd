import { RuntimeError } from '../../errors/runtime_error.js';

/** A mistake on the command line. The words are those of Go's flag package where engines may look for them. */
export function usageError(message: string, hint?: string): RuntimeError {
  return new RuntimeError(message, { code: 'usage', phase: 'command', ...(hint === undefined ? {} : { hint }) });
}
