import { defineVerb } from '../../cli/verb.js';
import { createContainer } from '../../container/create/index.js';
import { sys } from '../../sys/call.js';
import { creation, creationOptions } from './options.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  about: 'The process that config.json describes waits for "tsrun start".',
  options: {
    ...creationOptions,
    'no-subreaper': { kind: 'switch', hidden: true, about: 'accepted for compatibility with crun; create never reaps' },
  },
  async run(call) {
    const request = creation(call, 'created');
    sys().deferSignals();
    await createContainer(request);
    return 0;
  },
});
