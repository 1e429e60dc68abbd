import { commandWith } from './commander.js';
import { globalOptions } from '../options/global.js';
import { printLine } from '../print.js';

const description = `A low-level OCI container runtime.

A bundle is a directory with a config.json and a root file system. To run one:

    # tsrun run --bundle DIRECTORY ID`;

/** `tsrun --help`: the global options and all verbs. */
export function printHelp(verbs: readonly { readonly name: string; readonly summary: string }[]): void | Promise<void> {
  const program = commandWith('tsrun', globalOptions).usage('[global options] <verb> [options] [arguments]').description(description);
  for (const { name, summary } of verbs) program.command(name).helpOption(false).description(summary);
  program.command('help').usage('[verb]').helpOption(false).description('print this help, or the help of a verb');
  printLine(program.helpInformation().trimEnd());
}
