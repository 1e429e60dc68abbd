import { asRuntimeError } from '../errors/format.js';

/**
 * Tells the program of what is not as it asked for but does not make a call fail, such as a capability that the kernel does not know: a
 * warning of the Node.js process.
 */
export function warn(message: string, code = 'TSRUN_WARNING'): void {
  process.emitWarning(message, { type: 'TsrunWarning', code });
}

/** Failures of poststop hooks do not make a removal fail (runtime.md, "Lifecycle", step 13). */
export function warnOfPoststop(failure: unknown): void {
  warn(asRuntimeError(failure).message, 'TSRUN_POSTSTOP_HOOK');
}
