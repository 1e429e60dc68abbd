import { throughDescriptor } from '../errors/through_descriptor.js';
import type { HeldProcess } from '../host/process.js';
import type { Fd } from '../sys/contract.js';
import type { WrittenRecords } from './written.js';

/** A container of a state root. */
export interface StoreReference {
  /** The state root, an absolute directory. */
  readonly root: string;
  readonly id: string;
  /** The init of a particular container, not of a later one with the same id. */
  readonly init?: HeldProcess;
  /** Of a program that works on more than one container. */
  readonly records?: WrittenRecords;
}

/** A container's open directory: what is done to the container is done to this one, whatever has its name by then. */
export interface Store extends StoreReference {
  readonly directory: Fd;
}

/** The name of a container's directory. */
export function containerDirectory({ root, id }: StoreReference): string {
  return `${trimSlashes(root)}/${id}`;
}

/** Calls `use` with a path of the container's directory: one that leads to the open directory if it is open, otherwise its name. */
export function withDirectory<T>(reference: StoreReference | Store, use: (directory: string) => T): T {
  const name = containerDirectory(reference);
  return 'directory' in reference ? throughDescriptor({ fd: reference.directory, name }, use) : use(name);
}

export const recordFile = 'state.json';
/** What `delete --force` needs if state.json cannot be read. */
export const cleanupRecordFile = 'cgroup';

/** Whether a file is one of these two, not finished: its writer was killed before it had its name (native/core/files/write.cc). */
export function isHalfWritten(name: string): boolean {
  return [recordFile, cleanupRecordFile].some(
    (file) => name.startsWith(`.${file}.`) && /^\d+\.\d+\.tmp$/.test(name.slice(file.length + 2)),
  );
}

function trimSlashes(path: string): string {
  return path.endsWith('/') ? path.replace(/\/+$/, '') : path;
}
