import { fromSystem } from '../../errors/from_system.js';
import type { ProcessName } from '../../host/process.js';
import { sys, isSystemError } from '../../sys/call.js';
import { foreignFile } from '../foreign_file.js';
import { containerDirectory, withDirectory, type Store } from '../paths.js';

const fileName = 'restore';

/** What a restore has begun and not finished, in case tsrun is killed meanwhile. */
export interface RestoreRecord {
  /** The directory into which the image's upper layer is unpacked. Absent once the container may run: the layer is its own then. */
  readonly layer?: { readonly directory: string; readonly inode: number };
  /** CRIU, which joins the container's cgroup. */
  readonly criu?: ProcessName;
  /** Whether no process of the container has run yet, so that all that is in its cgroup is of the restore. */
  readonly unfinished: boolean;
}

export function writeRestoreRecord(store: Store, { layer, criu, unfinished }: RestoreRecord): void {
  const lines = [
    ...(unfinished ? ['unfinished'] : []),
    ...(criu === undefined ? [] : [`criu ${criu.pid} ${criu.startTime}`]),
    ...(layer === undefined ? [] : [`layer ${layer.inode} ${layer.directory}`]),
  ];
  try {
    const text = lines.map((line) => `${line}\n`).join('');
    sys().replaceFile({ path: fileName, text, mode: 0o600, sync: false, directory: store.directory });
  } catch (error) {
    throw failed(error, 'write state', store);
  }
}

/** Null if no restore is in progress, or was interrupted. */
export function readRestoreRecord(store: Store): RestoreRecord | null {
  let text: string;
  try {
    text = sys().readText({ path: fileName, limit: 65_536, directory: store.directory });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', ...foreignFile)) return null;
    throw failed(error, 'read state', store);
  }
  const [, pid, startTime] = /^criu (\d+) (\d+)$/m.exec(text) ?? [];
  const [, inode, directory] = /^layer (\d+) (\/.*)$/m.exec(text) ?? [];
  return {
    unfinished: /^unfinished$/m.test(text),
    ...(pid === undefined ? {} : { criu: { pid: Number(pid), startTime: Number(startTime) } }),
    ...(directory === undefined ? {} : { layer: { directory, inode: Number(inode) } }),
  };
}

export function removeRestoreRecord(store: Store): void {
  try {
    withDirectory(store, (directory) => {
      sys().unlink({ path: `${directory}/${fileName}` });
    });
  } catch (error) {
    throw failed(error, 'remove state', store);
  }
}

function failed(error: unknown, operation: string, store: Store): Error {
  return fromSystem(error, { code: 'setup', phase: 'state', operation, path: `${containerDirectory(store)}/${fileName}` });
}
