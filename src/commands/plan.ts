import { chooseFormat } from '../cli/options/format.js';
import { printLine } from '../cli/print.js';
import { defineVerb } from '../cli/verb.js';
import { planContainer } from '../container/create/plan.js';
import { planDocument, printPlan } from '../plan/print.js';
import { jsonText } from '../json/text.js';
import { creation, creationOptions } from './create/options.js';

const { bundle, config, 'no-pivot': noPivot, 'no-new-keyring': noNewKeyring, 'preserve-fds': preserveFds, overlay } = creationOptions;

export const verb = defineVerb({
  usage: '[container-id]',
  arguments: { minimum: 0, maximum: 1 },
  about: 'Changes nothing. Each line is one operation, in the order in which the new init process carries them out.',
  options: {
    bundle,
    config,
    'no-pivot': noPivot,
    'no-new-keyring': noNewKeyring,
    'preserve-fds': preserveFds,
    overlay,
    format: { kind: 'text', value: 'format', about: 'text or json (default: text)' },
  },
  async run({ globals, options, args, log }) {
    const format = chooseFormat(options.format, ['text', 'json']);
    const unused = { 'console-socket': undefined, 'pidfd-socket': undefined, 'pid-file': undefined };
    const words = args.length === 0 ? ['plan'] : args;
    const plan = planContainer(creation({ globals, options: { ...options, ...unused }, args: words, log }, 'planned'));
    printLine(format === 'json' ? jsonText(planDocument(plan), 2) : printPlan(plan).trimEnd());
    return 0;
  },
});
