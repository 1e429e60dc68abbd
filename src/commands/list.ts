import { chooseFormat } from '../cli/options/format.js';
import { printLine } from '../cli/print.js';
import { textTable } from '../cli/text_table.js';
import { defineVerb } from '../cli/verb.js';
import { listContainers } from '../container/state/list.js';

const head = ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'];

export const verb = defineVerb({
  usage: '',
  arguments: { minimum: 0, maximum: 0 },
  options: {
    format: { kind: 'text', short: 'f', value: 'format', about: 'table or json (default: table)' },
    quiet: { kind: 'switch', short: 'q', about: 'print only the ids' },
  },
  async run({ globals, options, log }) {
    const format = chooseFormat(options.format, ['table', 'json']);
    const warn = (error: Error): void => {
      log.add({ level: 'warning', message: error.message });
    };
    const states = listContainers({ root: globals.root, warn });
    if (options.quiet) for (const { id } of states) printLine(id);
    else if (format === 'json') printLine(JSON.stringify(states));
    else printLine(textTable([head, ...states.map((s) => [s.id, String(s.pid), s.status, s.bundle, s.created, s.owner])]));
    return 0;
  },
});
