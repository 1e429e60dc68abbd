import { RuntimeError } from '../../../errors/runtime_error.js';
import { lastError } from './log.js';

/** What CRIU is used for. */
export interface CriuUse {
  readonly phase: 'checkpoint' | 'restore';
  readonly id: string;
  /** The path of CRIU's log. */
  readonly log: string;
}

/** CRIU's failure, with the last error of its log. `known` is used if the log says nothing. */
export function criuFailed({ phase, id, log }: CriuUse, known: string): RuntimeError {
  return new RuntimeError(`${phase} container "${id}": CRIU failed: ${lastError(log) ?? known}`, {
    code: 'setup',
    phase,
    operation: 'criu',
    path: log,
    hint: `CRIU's log is "${log}"`,
  });
}
