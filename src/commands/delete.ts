import { containerOf } from './container_of.js';
import { usageError } from '../cli/options/usage_error.js';
import { defineVerb } from '../cli/verb.js';
import { deleteContainer } from '../container/delete/index.js';
import { containerIds } from '../container/state/list.js';
import type { ContainerReference } from '../container/options.js';
import { everyStep } from '../errors/clean_up.js';
import { asRuntimeError } from '../errors/format.js';
import { RuntimeError } from '../errors/runtime_error.js';

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
    const remove = async (container: ContainerReference): Promise<void> => {
      // The container is deleted even if its poststop hooks fail (runtime.md, "Lifecycle", step 13).
      for (const failure of await deleteContainer({ ...container, force })) {
        call.log.add({ level: 'warning', message: asRuntimeError(failure).message });
      }
    };
    if (regex) await everyStep(matching(one, force).map((container) => () => removeIfThere(container, remove)));
    else await remove(one);
    return 0;
  },
});

/** Somebody else may delete a container between the list and its turn. */
async function removeIfThere(container: ContainerReference, remove: (container: ContainerReference) => Promise<void>): Promise<void> {
  try {
    await remove(container);
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'not-found')) throw error;
  }
}

/** Like crun's --regex: matches anywhere in the id. Includes what cannot be read, and with `force` what an interrupted creation left. */
function matching({ root, id: expression }: ContainerReference, force: boolean): readonly ContainerReference[] {
  let pattern: RegExp;
  try {
    pattern = new RegExp(expression);
  } catch (error) {
    throw usageError(`invalid regular expression "${expression}": ${error instanceof Error ? error.message : String(error)}`);
  }
  return containerIds({ root, interrupted: force })
    .filter((id) => pattern.test(id))
    .map((id) => ({ root, id }));
}
