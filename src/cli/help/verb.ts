import { commandWith } from './commander.js';
import type { OptionTable } from '../options/table.js';
import { printLine } from '../print.js';

export interface VerbHelp {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly about: string | undefined;
  readonly table: OptionTable;
}

/** `tsrun VERB --help`. */
export function printVerbHelp({ name, summary, usage, about, table }: VerbHelp): void | Promise<void> {
  const command = commandWith(`tsrun ${name}`, table)
    .usage(`[options] ${usage}`.trimEnd())
    .description(about === undefined ? summary : `${summary}\n\n${about}`);
  printLine(command.helpInformation().trimEnd());
}
