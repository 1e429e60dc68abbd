import type { ProcessName } from '../../host/process.js';
import type { Store } from '../paths.js';
import { criuIn, criuLine, RecordFile } from './record_file.js';

const file = new RecordFile('restore');

/** What a restore has begun and not finished. */
export interface RestoreRecord {
  /** The directory into which the image's upper layer is unpacked. Absent once the container may run: the layer is its own then. */
  readonly layer?: { readonly directory: string; readonly inode: number };
  /** CRIU, which joins the container's cgroup. */
  readonly criu?: ProcessName;
  /** The path of its log, which names the directories that it makes. */
  readonly log?: string;
  /** Whether no process of the container has run yet, so that all that is in its cgroup is of the restore. */
  readonly unfinished: boolean;
}

export function writeRestoreRecord(store: Store, { layer, criu, log, unfinished }: RestoreRecord): void {
  file.write(store, [
    ...(unfinished ? ['unfinished'] : []),
    ...(criu === undefined ? [] : [criuLine(criu)]),
    ...(log === undefined || log.includes('\n') ? [] : [`log ${log}`]),
    ...(layer === undefined ? [] : [`layer ${layer.inode} ${layer.directory}`]),
  ]);
}

/** Null if no restore is in progress, or was interrupted. */
export function readRestoreRecord(store: Store): RestoreRecord | null {
  const text = file.read(store);
  if (text === null) return null;
  const criu = criuIn(text);
  const [, log] = /^log (\/.*)$/m.exec(text) ?? [];
  const [, inode, directory] = /^layer (\d+) (\/.*)$/m.exec(text) ?? [];
  return {
    unfinished: /^unfinished$/m.test(text),
    ...(criu === undefined ? {} : { criu }),
    ...(log === undefined ? {} : { log }),
    ...(directory === undefined ? {} : { layer: { directory, inode: Number(inode) } }),
  };
}

export function removeRestoreRecord(store: Store): void {
  file.remove(store);
}
