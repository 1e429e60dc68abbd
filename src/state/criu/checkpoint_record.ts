import { fromSystem } from '../../errors/from_system.js';
import type { ProcessName } from '../../host/process.js';
import { sys, isSystemError } from '../../sys/call.js';
import { foreignFile } from '../foreign_file.js';
import { containerDirectory, withDirectory, type StoreReference, type Store } from '../paths.js';

const fileName = 'checkpoint';

/** A checkpoint that is in progress, or was interrupted. */
export interface CheckpointRecord {
  readonly criu: ProcessName;
  /** Whether the container was paused before. */
  readonly paused: boolean;
}

/** In case tsrun is killed meanwhile. */
export function writeCheckpointRecord(store: Store, { criu: { pid, startTime }, paused }: CheckpointRecord): void {
  const text = `criu ${pid} ${startTime}\n${paused ? 'paused\n' : ''}`;
  try {
    sys().replaceFile({ path: fileName, text, mode: 0o600, sync: false, directory: store.directory });
  } catch (error) {
    throw failed(error, 'write state', store);
  }
}

/** Whether a checkpoint is in progress, or was interrupted. */
export function hasCheckpointRecord(reference: StoreReference | Store): boolean {
  return withDirectory(reference, (directory) => sys().access({ path: `${directory}/${fileName}`, mode: 0 }));
}

/** Null if no checkpoint is in progress, or was interrupted. */
export function readCheckpointRecord(store: Store): CheckpointRecord | null {
  let text: string;
  try {
    text = sys().readText({ path: fileName, limit: 4096, directory: store.directory });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', ...foreignFile)) return null;
    throw failed(error, 'read state', store);
  }
  const [, pid = 0, startTime = 0] = /^criu (\d+) (\d+)$/m.exec(text) ?? [];
  return { criu: { pid: Number(pid), startTime: Number(startTime) }, paused: /^paused$/m.test(text) };
}

export function removeCheckpointRecord(store: Store): void {
  try {
    withDirectory(store, (directory) => {
      sys().unlink({ path: `${directory}/${fileName}` });
    });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return;
    throw failed(error, 'remove state', store);
  }
}

function failed(error: unknown, operation: string, store: Store): Error {
  return fromSystem(error, { code: 'setup', phase: 'state', operation, path: `${containerDirectory(store)}/${fileName}` });
}
