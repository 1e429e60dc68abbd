import { Command, Option } from 'commander';
import type { OptionShape, OptionTable } from '../options/table.js';

/**
 * Makes a commander command with the options of a table, only to render help. go_flags.ts parses the command line, because commander does
 * not accept everything that engines write; commander is loaded only for help (docs/decisions/0006).
 */
export function commandWith(name: string, table: OptionTable): Command {
  const command = new Command(name).helpOption(false).helpCommand(false);
  for (const [long, shape] of Object.entries(table)) command.addOption(optionOf(long, shape));
  return command;
}

function optionOf(long: string, shape: OptionShape): Option {
  const short = shape.short === undefined ? '' : `-${shape.short}, `;
  return new Option(`${short}--${long}${placeholder(shape)}`, shape.about).hideHelp(shape.hidden === true);
}

function placeholder(shape: OptionShape): string {
  if (shape.kind === 'switch') return '';
  return shape.kind === 'text' && shape.bare !== undefined ? ` [=${shape.value}]` : ` <${shape.value}>`;
}
