import { printLine } from '../cli/print.js';
import { defineVerb } from '../cli/verb.js';
import { prune } from '../container/leftovers/prune.js';
import { asRuntimeError } from '../errors/format.js';

export const verb = defineVerb({
  usage: '',
  arguments: { minimum: 0, maximum: 0 },
  options: {
    stopped: { kind: 'switch', about: 'also remove containers whose process has ended' },
  },
  async run({ globals, options, log }) {
    const warn = (failure: unknown): void => {
      log.add({ level: 'warning', message: asRuntimeError(failure).message });
    };
    for (const id of await prune({ root: globals.root, stopped: options.stopped, warn })) printLine(id);
    return 0;
  },
});
