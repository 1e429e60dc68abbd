import { asRuntimeError } from '../errors/format.js';

/** What is not as it was asked for but does not make a call fail, such as a capability that the kernel does not know. */
export interface Warning {
  /** What is not as it was asked for: a sentence in lower case without a full stop. */
  readonly message: string;
  /** `TSRUN_WARNING`, `TSRUN_POSTSTOP_HOOK` for a failure of a poststop hook, or `TSRUN_LOG` if output cannot be written to its log. */
  readonly code: 'TSRUN_WARNING' | 'TSRUN_POSTSTOP_HOOK' | 'TSRUN_LOG';
}

/**
 * Tells the program of a warning.
 *
 * @param warning - What is not as it was asked for.
 */
export type Warn = (warning: Warning) => void;

/** A warning of the Node.js process. */
export const emitWarning: Warn = ({ message, code }) => process.emitWarning(message, { type: 'TsrunWarning', code });

/** For functions of container/, which pass on a message. */
export function warner(warn: Warn): (message: string) => void {
  return (message) => warn({ message, code: 'TSRUN_WARNING' });
}

/** Failures of poststop hooks do not make a removal fail (runtime.md, "Lifecycle", step 13). */
export function poststopWarner(warn: Warn): (failure: unknown) => void {
  return (failure) => warn({ message: asRuntimeError(failure).message, code: 'TSRUN_POSTSTOP_HOOK' });
}
