import { containerOf } from './container_of.js';
import { defineVerb } from '../cli/verb.js';
import { pauseContainer } from '../container/pause.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  options: {},
  async run(call) {
    await pauseContainer(containerOf(call));
    return 0;
  },
});
