import { everyStep } from '../../errors/clean_up.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { deleteContainer } from '../delete/index.js';
import { findContainer } from '../state/find.js';
import type { ContainerReference } from '../options.js';
import { stateOf } from '../state/index.js';
import { listContainers } from '../state/list.js';
import { interruptedIds } from './interrupted.js';

export interface PruneOptions {
  /** The state root, an absolute directory. */
  readonly root: string;
  /** Also removes containers whose process has ended. Default: false, because their creator may still want to ask for their state. */
  readonly stopped?: boolean;
  /** Called with a failure of a poststop hook, which does not make the removal fail. */
  readonly warn?: (failure: unknown) => void;
  /** Whether to leave the rest as it is; asked before each removal. */
  readonly hasToEnd?: () => boolean;
}

/**
 * Removes what interrupted creations have left below a state root. Continues after a failure, and throws the first one at the end.
 * @returns the ids of what was removed, sorted
 */
export async function prune({ root, stopped = false, warn, hasToEnd }: PruneOptions): Promise<readonly string[]> {
  const ended = stopped ? listContainers({ root }).filter(({ status }) => status === 'stopped') : [];
  const removed: string[] = [];
  const interrupted = interruptedIds(root).map((id) => async () => {
    await deleteContainer({ root, id, force: true });
    removed.push(id);
  });
  const others = ended.map(({ id }) => async () => {
    if (await deleteStopped({ root, id }, warn)) removed.push(id);
  });
  await everyStep([...interrupted, ...others].map((step) => async () => hasToEnd?.() === true || step()));
  return removed.sort();
}

/** Returns whether it was removed. Somebody else may have deleted it since it was listed, and created another container with its id. */
async function deleteStopped(reference: ContainerReference, warn: PruneOptions['warn']): Promise<boolean> {
  try {
    const found = findContainer(reference);
    if (stateOf(found).status !== 'stopped') return false;
    for (const failure of await deleteContainer(found)) warn?.(failure);
    return true;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'not-found') return false;
    throw error;
  }
}
