import { isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';

export interface OpenFile {
  readonly fd: Fd;
  /** Its path, or what it is, for people. */
  readonly name: string;
}

/**
 * Calls `use` with a path that leads through an open descriptor. An error of the call names the file instead: the number of a descriptor
 * says nothing to people, and is closed when they read it.
 */
export function throughDescriptor<T>({ fd, name }: OpenFile, use: (path: string) => T): T {
  const path = `/proc/self/fd/${fd}`;
  try {
    return use(path);
  } catch (error) {
    if (!isSystemError(error) || !error.subject.startsWith(path)) throw error;
    const subject = name + error.subject.slice(path.length);
    throw Object.assign(error, { subject, message: error.message.replace(path, name) });
  }
}
