import { usageError } from './usage_error.js';

export interface ArgumentCheck {
  readonly name: string;
  readonly args: readonly string[];
  readonly count: { readonly minimum: number; readonly maximum: number };
}

/** Fails with runc's words for too few or too many arguments. The program's name is put in front if a person reads them. */
export function checkArgumentCount({ name, args, count }: ArgumentCheck): void {
  const { minimum, maximum } = count;
  if (args.length >= minimum && args.length <= maximum) return;
  const wanted = minimum === maximum ? `exactly ${minimum}` : args.length < minimum ? `a minimum of ${minimum}` : `a maximum of ${maximum}`;
  throw usageError(`"${name}" requires ${wanted} argument(s)`, `see tsrun ${name} --help`);
}
