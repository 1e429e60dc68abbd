import { containerOf } from './container_of.js';
import { defineVerb } from '../cli/verb.js';
import { given } from '../cli/options/given.js';
import { startContainer } from '../container/start.js';
import { notifySocket } from './create/options.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  options: {},
  async run(call) {
    await startContainer({ ...containerOf(call), ...given({ notifySocket: notifySocket() }) });
    return 0;
  },
});
