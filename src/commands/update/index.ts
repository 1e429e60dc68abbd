import { defineVerb } from '../../cli/verb.js';
import { updateContainer } from '../../container/update/index.js';
import { mergeResources } from '../../spec/resources/merge.js';
import { sys } from '../../sys/call.js';
import { containerOf } from '../container_of.js';
import { readResources } from './document.js';
import { updateOptions } from './options.js';
import { resourcesOf } from './resources.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  about:
    'Bytes may have a unit (k, m, g, t). What is not given stays as it is, and so does what is 0. Limits on the command line come after those of --resources.',
  options: updateOptions,
  async run(call) {
    const { options } = call;
    const document = options.resources === undefined ? {} : readResources(options.resources);
    // So that none leaves a part of the limits changed.
    sys().deferSignals();
    await updateContainer({
      ...containerOf(call),
      resources: mergeResources(document, resourcesOf(options)),
      intelRdt: { l3CacheSchema: options['l3-cache-schema'] ?? '', memBwSchema: options['mem-bw-schema'] ?? '' },
      warn: (message) => {
        call.log.add({ level: 'warning', message });
      },
    });
    return 0;
  },
});
