import type { RuntimeError } from '../errors/runtime_error.js';

/** The remedy for a failed trial. */
export function remedyOf(failure: RuntimeError): string {
  return failure.hint ?? 'see the kernel log, and the manual page of the call';
}
