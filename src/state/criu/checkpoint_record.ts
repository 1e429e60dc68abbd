import type { ProcessName } from '../../host/process.js';
import type { Store, StoreReference } from '../paths.js';
import { criuIn, criuLine, RecordFile } from './record_file.js';

const file = new RecordFile('checkpoint');

/** A checkpoint that is in progress, or was interrupted. */
export interface CheckpointRecord {
  readonly criu: ProcessName;
  /** Whether the container was paused before. */
  readonly paused: boolean;
}

export function writeCheckpointRecord(store: Store, { criu, paused }: CheckpointRecord): void {
  file.write(store, [criuLine(criu), ...(paused ? ['paused'] : [])]);
}

/** Whether a checkpoint is in progress, or was interrupted. */
export function hasCheckpointRecord(reference: StoreReference | Store): boolean {
  return file.exists(reference);
}

/** Null if no checkpoint is in progress, or was interrupted. */
export function readCheckpointRecord(store: Store): CheckpointRecord | null {
  const text = file.read(store);
  if (text === null) return null;
  return { criu: criuIn(text) ?? { pid: 0, startTime: 0 }, paused: /^paused$/m.test(text) };
}

export function removeCheckpointRecord(store: Store): void {
  file.remove(store);
}
