import { containerOf } from './container_of.js';
import { printLine } from '../cli/print.js';
import { defineVerb } from '../cli/verb.js';
import { stateOf } from '../container/state/index.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  options: {},
  async run(call) {
    printLine(JSON.stringify(stateOf(containerOf(call)), null, 2));
    return 0;
  },
});
