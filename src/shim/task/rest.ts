import { killContainer } from '../../container/kill.js';
import type { ContainerReference } from '../../container/options.js';
import { asRuntimeError } from '../../errors/format.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { makesNamespace } from '../../spec/namespaces.js';
import { readRecord } from '../../state/store.js';
import type { Context } from './context.js';

const SIGKILL = 9;

/**
 * Kills the processes that outlive a container's init if there is no pid namespace of its own. containerd expects them to end with init,
 * and execs before it.
 */
export async function killRest(context: Context, reference: ContainerReference): Promise<void> {
  try {
    const { spec } = readRecord(reference);
    if (!makesNamespace(spec, 'pid')) await killContainer({ ...reference, signalNumber: SIGKILL, all: true });
  } catch (error) {
    // The container was deleted meanwhile.
    if (!(error instanceof RuntimeError)) context.log(asRuntimeError(error).message);
  }
}
