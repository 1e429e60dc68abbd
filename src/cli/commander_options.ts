import { Command, Option } from 'commander';
import type { OptionShape, OptionTable, OptionValues } from './option_table.js';
import { usageError } from './usage_error.js';

/** A commander command that has the options of a table and leaves help, output and the end of the process to us. */
export function commandWith(name: string, table: OptionTable): Command {
  const command = new Command(name).helpOption(false).helpCommand(false).allowExcessArguments().exitOverride();
  for (const [long, shape] of Object.entries(table)) command.addOption(optionOf(long, shape));
  return command;
}

/** The values of options that `splitArguments` has brought into one spelling. */
export function parseFlags<T extends OptionTable>(table: T, flags: readonly string[]): OptionValues<T> {
  const command = commandWith('', table).parse([...flags], { from: 'user' });
  const parsed: Readonly<Record<string, unknown>> = command.opts();
  const values = command.options.map((option) => [option.name(), valueOf(option, parsed[option.attributeName()])]);
  // Each member has the type that its shape says: optionOf and valueOf are the other half of ValueOf.
  return Object.fromEntries(values) as OptionValues<T>;
}

function optionOf(long: string, shape: OptionShape): Option {
  const short = shape.short === undefined ? '' : `-${shape.short}, `;
  const option = new Option(`${short}--${long}${placeholder(shape)}`, shape.about).hideHelp(shape.hidden === true);
  if (shape.kind === 'list') return option.default([], 'none').argParser((value, before: readonly string[]) => [...before, value]);
  if (shape.kind === 'count') return option.default(0).argParser((value) => count(long, value));
  return option;
}

function placeholder(shape: OptionShape): string {
  if (shape.kind === 'switch') return '';
  return shape.kind === 'text' && shape.bare !== undefined ? ` [=${shape.value}]` : ` <${shape.value}>`;
}

/** Commander reads `--no-x` as "x is off": x is on before, off after. */
function valueOf(option: Option, value: unknown): unknown {
  if (option.negate) return value === false;
  return option.isBoolean() ? value === true : value;
}

function count(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usageError(`invalid value ${JSON.stringify(text)} for flag -${name}: parse error`);
  return Number(text);
}
