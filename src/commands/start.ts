import { containerOf } from '../cli/container_of.js';
import { defineVerb } from '../cli/verb.js';
import { given } from '../cli/given.js';
import { startContainer } from '../container/start.js';
import { notifySocket } from './creation_options.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  options: {},
  async run(call) {
    await startContainer({ ...containerOf(call), ...given({ notifySocket: notifySocket() }) });
    return 0;
  },
});
