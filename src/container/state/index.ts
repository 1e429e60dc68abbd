import { statusOf } from './status.js';
import { readRecord } from '../../state/store.js';
import type { ContainerReference, ContainerState } from '../options.js';
import { containerState } from './document.js';

/** Returns the current state of a container (runtime.md, "Query State"). */
export function stateOf(reference: ContainerReference): ContainerState {
  const record = readRecord(reference);
  return containerState({ record, status: statusOf({ root: reference.root, record, init: reference.init }) });
}
