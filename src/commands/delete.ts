import { containerOf } from '../cli/container_of.js';
import { defineVerb } from '../cli/verb.js';
import { deleteContainer } from '../container/delete.js';
import { asRuntimeError } from '../errors/format.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  options: { force: { kind: 'switch', short: 'f', about: 'kill what still runs; an absent container is no error' } },
  async run(call) {
    // The container is gone whatever its poststop hooks say (runtime.md, "Lifecycle", step 13).
    for (const failure of await deleteContainer({ ...containerOf(call), force: call.options.force })) {
      call.log.note({ level: 'warning', message: asRuntimeError(failure).message });
    }
    return 0;
  },
});
