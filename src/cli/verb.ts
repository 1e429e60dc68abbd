import { checkArgumentCount } from './options/argument_count.js';
import { flagValues } from './options/flag_values.js';
import type { Globals } from './options/global.js';
import { optionNames, splitArguments } from './options/go_flags.js';
import type { Log } from './log.js';
import type { OptionTable, OptionValues } from './options/table.js';

/** What `run` of a verb receives. */
export interface Call<T extends OptionTable> {
  readonly globals: Globals;
  readonly options: OptionValues<T>;
  /** The words that are not options, as many as the verb accepts. */
  readonly args: readonly string[];
  readonly log: Log;
}

/** A verb as its file in `src/commands/` describes it. `src/commands/index.ts` has its name and summary. */
export interface VerbDescription<T extends OptionTable> {
  /** What follows the options, such as `<container-id>`. */
  readonly usage: string;
  readonly arguments: ArgumentCount;
  /** Text for --help, in addition to the summary. */
  readonly about?: string;
  readonly options: T;
  /** What comes after the first argument belongs to a program and is not searched for options. */
  readonly passesArguments?: boolean;
  /** Returns the exit code. */
  readonly run: (call: Call<T>) => Promise<number>;
}

export interface ArgumentCount {
  readonly minimum: number;
  readonly maximum: number;
}

/** What the table of verbs can do with any verb. */
export interface Verb {
  readonly invoke: (invocation: Invocation) => Promise<number>;
}

export interface Invocation {
  readonly name: string;
  readonly summary: string;
  /** The words after the verb. */
  readonly words: readonly string[];
  readonly globals: Globals;
  readonly log: Log;
}

const helpOption = { help: { kind: 'switch', short: 'h', about: 'print this help' } } as const;

/** Makes a verb that parses its arguments, handles --help, and runs. */
export function defineVerb<const T extends OptionTable>(description: VerbDescription<T>): Verb {
  const table = { ...description.options, ...helpOption };
  const names = optionNames(table);
  return {
    async invoke({ name, summary, words, globals, log }) {
      const { flags, positionals } = splitArguments({ args: words, names, permute: description.passesArguments !== true });
      if (flags.includes('--help')) {
        const { printVerbHelp } = await import('./help/verb.js');
        await printVerbHelp({ name, summary, usage: description.usage, about: description.about, table });
        return 0;
      }
      checkArgumentCount({ name, args: positionals, count: description.arguments });
      return description.run({ globals, log, args: positionals, options: flagValues<T>(description.options, flags) });
    },
  };
}
