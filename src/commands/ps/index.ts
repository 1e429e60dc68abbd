import { chooseFormat } from '../../cli/options/format.js';
import { printLine } from '../../cli/print.js';
import { containerOf } from '../container_of.js';
import { defineVerb } from '../../cli/verb.js';
import { processesOf } from '../../container/ps.js';
import { outputOfPs } from './program.js';
import { selectProcesses } from './output.js';

export const verb = defineVerb({
  usage: '<container-id> [ps options]',
  arguments: { minimum: 1, maximum: Infinity },
  about: "Runs the host's ps (default options: -ef) and shows only the processes of the container.",
  options: { format: { kind: 'text', short: 'f', value: 'format', about: 'table or json, an array of process ids (default: table)' } },
  passesArguments: true,
  async run(call) {
    const format = chooseFormat(call.options.format, ['table', 'json']);
    const pids = await processesOf(containerOf(call));
    if (format === 'json') {
      printLine(JSON.stringify(pids));
      return 0;
    }
    const [, ...given] = call.args;
    printLine(selectProcesses({ output: await outputOfPs(given.length === 0 ? ['-ef'] : given), pids }));
    return 0;
  },
});
