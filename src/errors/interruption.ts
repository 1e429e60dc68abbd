import { isSystemError } from '../sys/call.js';
import type { SystemError } from '../sys/contract.js';
import { RuntimeError } from './runtime_error.js';
import { signalWords } from './signal_words.js';

/** Whether a signal ended a wait (`deferSignals` of sys). */
export function isInterruption(error: unknown): boolean {
  return isSystemError(error, 'EINTR') && error.call === 'poll';
}

/** Does what has to be done in any case. A signal ends only one wait of a command (`deferSignals` of sys), so a second attempt is whole. */
export async function undisturbed<T>(work: () => T | PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isInterruption(error) && !(error instanceof RuntimeError && error.code === 'aborted')) throw error;
    return work();
  }
}

/** The error of a command, or of an aborted call, whose wait a signal has ended. Throws any other error. */
export function interruptionOf(error: unknown): RuntimeError {
  if (!isInterruption(error)) throw error;
  return interruptedBy(Number((error as SystemError).subject));
}

/** The error of a command that a signal ended. Its exit code is the one that a shell reports in this case. */
export function interruptedBy(signal: number): RuntimeError {
  return new RuntimeError(`interrupted, ${signalWords(signal)}`, { code: 'aborted', phase: 'command', exitCode: 128 + signal });
}
