import { defineVerb } from '../cli/verb.js';
import { runContainer } from '../container/run.js';
import { creation, creationOptions } from './create/options.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  about: 'Ends with the exit code of the process, or 128 + the signal that killed it, and removes the container.',
  options: {
    ...creationOptions,
    detach: { kind: 'switch', short: 'd', about: 'do not wait for the end of the process' },
    keep: { kind: 'switch', about: 'do not remove the container when its process has ended' },
    'no-subreaper': { kind: 'switch', about: 'do not become the parent of orphaned descendants' },
  },
  run(call) {
    const { detach, keep, 'no-subreaper': noSubreaper } = call.options;
    return runContainer({ ...creation(call), detach, keep, noSubreaper });
  },
});
