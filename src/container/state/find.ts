import { isAlive, type ProcessName } from '../../host/process.js';
import { readRecord } from '../../state/store.js';
import type { ContainerReference } from '../options.js';

/** Finds the container that has an id now, and not a later one with the same id. */
export function findContainer(reference: ContainerReference): ContainerReference {
  const { pid, startTime, bootId } = readRecord(reference);
  // Nobody else can have it while it is being created.
  if (pid === 0) return reference;
  const name: ProcessName = { pid, startTime, bootId };
  return { ...reference, init: { ...name, hasEnded: () => !isAlive(name) } };
}
