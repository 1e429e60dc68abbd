import { usageError } from './usage_error.js';

/** The value of a --format option: one of `formats`, or the first if it is absent. */
export function chooseFormat<F extends string>(format: string | undefined, formats: readonly [F, ...F[]]): F {
  if (format === undefined) return formats[0];
  const chosen = formats.find((one) => one === format);
  if (chosen === undefined) throw usageError(`invalid format option ${JSON.stringify(format)}: must be ${formats.join(' or ')}`);
  return chosen;
}
