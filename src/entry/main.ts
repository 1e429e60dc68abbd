import { flagValues } from '../cli/options/flag_values.js';
import { globalOptions, logTarget, readGlobals } from '../cli/options/global.js';
import { optionNames, splitArguments } from '../cli/options/go_flags.js';
import { openLog } from '../cli/log.js';
import { tracedSys } from '../cli/traced_sys.js';
import type { Verb } from '../cli/verb.js';
import { usageError } from '../cli/options/usage_error.js';
import { verbs } from '../commands/index.js';
import { printVersion } from '../cli/help/version.js';
import { asRuntimeError } from '../errors/format.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { bindSys, sys } from '../sys/call.js';

const globalNames = optionNames(globalOptions);

/**
 * Runs the command: `args` are the words after the program's name. Returns the exit code. Reports every failure on standard error and in
 * the log, and throws nothing. Verbs in `atHand` are already loaded.
 */
export async function main(args: readonly string[], atHand: Readonly<Record<string, Verb>> = {}): Promise<number> {
  let log = openLog({ file: null, format: 'text' });
  try {
    const { flags, positionals } = splitArguments({ args, names: globalNames, permute: false });
    const values = flagValues(globalOptions, flags);
    const [name, ...words] = positionals;
    if (values.version) {
      printVersion();
      return 0;
    }
    if (values.help || name === undefined) return await help([]);
    if (name === 'help' || name === 'h') return await help(words);
    log = openLog(logTarget(values));
    const globals = readGlobals(values);
    if (globals.debug) bindSys(tracedSys(sys(), log));
    const { load, summary } = find(name);
    const verb = atHand[name] ?? (await load()).verb;
    return await verb.invoke({ name, summary, words, globals, log });
  } catch (error) {
    log.fail(error);
    return asRuntimeError(error).exitCode ?? 1;
  }
}

/** `help`, or `help VERB`, which is `VERB --help`. */
async function help([verb]: readonly string[]): Promise<number> {
  if (verb !== undefined) return main([find(verb).name, '--help']);
  const { printHelp } = await import('../cli/help/index.js');
  await printHelp(verbs);
  return 0;
}

/** runc exits with 3 for an unknown verb. */
function find(name: string): (typeof verbs)[number] {
  const entry = verbs.find((verb) => verb.name === name);
  if (entry !== undefined) return entry;
  const { message, code, phase } = usageError(`No help topic for '${name}'`);
  throw new RuntimeError(message, { code, phase, hint: 'see tsrun --help', exitCode: 3 });
}
