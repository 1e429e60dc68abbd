import { RuntimeError } from '../../../errors/runtime_error.js';
import type { Fd } from '../../../sys/contract.js';
import { lastError, type CriuLog } from './log.js';

/** What CRIU is used for. */
export interface CriuUse {
  readonly phase: 'checkpoint' | 'restore';
  readonly id: string;
  /** The path of CRIU's log, for people. */
  readonly log: string;
  /** The open directory in which it is. */
  readonly work: Fd;
}

/** CRIU's log. */
export const logOf = ({ log, work }: Pick<CriuUse, 'log' | 'work'>): CriuLog => ({
  directory: work,
  name: log.slice(log.lastIndexOf('/') + 1),
});

/** CRIU's failure, with the last error of its log. `known` is used if the log says nothing. */
export function criuFailed(use: CriuUse, known: string): RuntimeError {
  return failureOf(use, lastError(logOf(use)) ?? known);
}

/** The last error of its log has nothing to do with the end of a CRIU that somebody else killed. */
export function criuKilled(use: CriuUse, words: string): RuntimeError {
  return failureOf(use, `it was killed: ${words}`);
}

function failureOf({ phase, id, log }: CriuUse, reason: string): RuntimeError {
  return new RuntimeError(`${phase} container "${id}": CRIU failed: ${reason}`, {
    code: 'setup',
    phase,
    operation: 'criu',
    path: log,
    hint: `CRIU's log is "${log}"`,
  });
}
