import { RuntimeError } from '../errors/runtime-error.js';
import { listIds } from '../state/store.js';
import type { ContainerState } from './options.js';
import { stateOf } from './state.js';

export interface ListOptions {
  readonly root: string;
  /** Told of each container that is left out because its state is damaged. */
  readonly warn?: (error: RuntimeError) => void;
}

/** All containers below a state root, by id. One that goes away meanwhile is left out. */
export function listContainers(options: ListOptions): readonly ContainerState[] {
  const states: ContainerState[] = [];
  for (const id of listIds(options.root)) {
    try {
      states.push(stateOf({ root: options.root, id }));
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      if (error.code !== 'not-found') options.warn?.(error);
    }
  }
  return states;
}
