import { containerOf } from './container_of.js';
import { usageError } from '../cli/options/usage_error.js';
import { defineVerb } from '../cli/verb.js';
import { deleteContainer } from '../container/delete.js';
import { listContainers } from '../container/state/list.js';
import type { ContainerReference } from '../container/options.js';
import { asRuntimeError } from '../errors/format.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  options: {
    force: { kind: 'switch', short: 'f', about: "kill the container's processes; do not fail if the container does not exist" },
    regex: { kind: 'switch', about: 'treat the argument as a regular expression; delete every container whose id it matches' },
  },
  async run(call) {
    const { force, regex } = call.options;
    const one = containerOf(call);
    for (const container of regex ? matching(one) : [one]) {
      // The container is deleted even if its poststop hooks fail (runtime.md, "Lifecycle", step 13).
      for (const failure of await deleteContainer({ ...container, force })) {
        call.log.add({ level: 'warning', message: asRuntimeError(failure).message });
      }
    }
    return 0;
  },
});

/** Like crun's --regex: matches anywhere in the id. */
function matching({ root, id: expression }: ContainerReference): readonly ContainerReference[] {
  let pattern: RegExp;
  try {
    pattern = new RegExp(expression);
  } catch (error) {
    throw usageError(`invalid regular expression "${expression}": ${error instanceof Error ? error.message : String(error)}`);
  }
  return listContainers({ root })
    .filter(({ id }) => pattern.test(id))
    .map(({ id }) => ({ root, id }));
}
