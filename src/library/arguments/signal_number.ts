import { RuntimeError } from '../../errors/runtime_error.js';
import { parseSignal } from '../../spec/names/signals.js';
import { show } from '../../spec/problem.js';

/** Returns the number of a signal given by number or name. */
export function signalNumber(signal: string | number): number {
  const given: unknown = signal;
  const text = typeof given === 'string' || typeof given === 'number' ? String(given) : '';
  const number = parseSignal(text);
  if (number === undefined) throw new RuntimeError(`unknown signal ${show(given)}`, { code: 'usage', phase: 'signal', path: text });
  return number;
}
