import { usageError } from '../../cli/options/usage_error.js';
import { parseSignal } from '../../spec/names/signals.js';

/** The signal that the command line names; fails with runc's words if there is no such signal. */
export function signalArgument(text: string): number {
  const number = parseSignal(text);
  if (number === undefined)
    throw usageError(`unknown signal ${JSON.stringify(text)}`, 'pass a number from 1 to 64, or a name such as SIGTERM or TERM');
  return number;
}
