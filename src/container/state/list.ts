import { RuntimeError } from '../../errors/runtime_error.js';
import { listIds } from '../../state/store.js';
import type { ContainerState } from '../options.js';
import { stateOf } from './index.js';

export interface ListOptions {
  readonly root: string;
  /** Told of each container that is left out because its state cannot be read. */
  readonly warn?: (error: RuntimeError, id: string) => void;
}

/** All containers below a state root, by id. One that comes or goes meanwhile is left out. What the machine fails to do is thrown: a list with gaps is worse than none. */
export function listContainers(options: ListOptions): readonly ContainerState[] {
  const states: ContainerState[] = [];
  for (const id of listIds(options.root)) {
    try {
      states.push(stateOf({ root: options.root, id }));
    } catch (error) {
      if (!(error instanceof RuntimeError) || !isAbout(error)) throw error;
      // No record any more, or not yet.
      if (error.code !== 'not-found' && error.errno !== 'ENOENT') options.warn?.(error, id);
    }
  }
  return states;
}

/** Whether it says something of this one container, and not of the machine. */
function isAbout({ code }: RuntimeError): boolean {
  return code === 'not-found' || code === 'state-damaged' || code === 'not-a-container' || code === 'permission';
}
