import { RuntimeError } from '../../errors/runtime_error.js';
import { hasCleanupRecord, hasHalfWrittenOnly, hasRecord, listIds } from '../../state/store.js';
import type { WrittenRecords } from '../../state/written.js';
import { interruptedCreation } from '../leftovers/interrupted.js';
import type { ContainerState } from '../options.js';
import { stateOf } from './index.js';

export interface ListOptions {
  readonly root: string;
  /** As in ContainerReference. */
  readonly records?: WrittenRecords;
  /** Called with each container that is omitted because its state cannot be read, or because its creation was interrupted. */
  readonly warn?: (error: RuntimeError, id: string) => void;
}

/**
 * Lists all containers below a state root, by id. Omits one that appears or disappears meanwhile. Throws failures of the machine, because a
 * list with gaps is worse than none.
 */
export function listContainers({ warn, ...at }: ListOptions): readonly ContainerState[] {
  const states: ContainerState[] = [];
  for (const id of listIds(at.root)) {
    try {
      states.push(stateOf({ ...at, id }));
    } catch (error) {
      if (!(error instanceof RuntimeError) || !isAbout(error)) throw error;
      // No longer a record, or not yet, or no container at all. Asked only now, because nearly every name has a record.
      const isGone = error.code === 'not-found' || error.errno === 'ENOENT';
      const reason = isGone ? interruptedCreation({ root: at.root, id }) : error;
      if (reason !== null && (isGone || hasRecord({ ...at, id }))) warn?.(reason, id);
    }
  }
  return states;
}

/** The ids of all containers below a state root, including those whose state cannot be read, and with `interrupted` half-created ones. */
export function containerIds({ root, interrupted }: { readonly root: string; readonly interrupted: boolean }): readonly string[] {
  const isHalfCreated = (id: string): boolean => hasCleanupRecord({ root, id }) || hasHalfWrittenOnly({ root, id });
  return listIds(root).filter((id) => hasRecord({ root, id }) || (interrupted && isHalfCreated(id)));
}

/** Whether the failure concerns this container and not the machine. */
function isAbout({ code }: RuntimeError): boolean {
  return code === 'not-found' || code === 'state-damaged' || code === 'not-a-container' || code === 'permission';
}
