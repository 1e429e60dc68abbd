import { defineVerb } from '../cli/verb.js';
import { runContainer } from '../container/run.js';
import { creation, creationOptions } from './create/options.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  about: "Removes the container and exits with the process's exit code, or 128+N if signal N killed it.",
  options: {
    ...creationOptions,
    detach: { kind: 'switch', short: 'd', about: 'do not wait for the process to exit' },
    keep: { kind: 'switch', about: 'do not remove the container after its process exits' },
    'no-subreaper': { kind: 'switch', about: 'do not become the parent of orphaned descendants (child subreaper)' },
  },
  run(call) {
    const { detach, keep, 'no-subreaper': noSubreaper } = call.options;
    return runContainer({ ...creation(call, detach ? 'running' : 'ended'), keep, noSubreaper });
  },
});
