import { RuntimeError } from '../../errors/runtime_error.js';
import { parseSignal } from '../../spec/names/signals.js';

/** Returns the number of a signal given by number or name. */
export function signalNumber(signal: string | number): number {
  const number = parseSignal(String(signal));
  if (number === undefined)
    throw new RuntimeError(`unknown signal ${JSON.stringify(signal)}`, { code: 'usage', phase: 'signal', path: String(signal) });
  return number;
}
