import { throughDescriptor } from '../errors/through_descriptor.js';
import { sys } from '../sys/call.js';
import { containerDirectory, withDirectory, type Store, type StoreReference } from './paths.js';

const O_PATH = 0o10000000;
const O_DIRECTORY = 0o200000;

/** The socket on which the init of a created container waits for `start`. */
export const socketFile = 'start.sock';
/** Its name from the moment that a `start` begins: if that one is killed, the name alone does not tell whether init still waits. */
export const takenSocketFile = 'starting.sock';

/** The size of sun_path without its NUL (unix(7)). */
export const longestSocketPath = 107;

/**
 * Calls `use` with a path of the start socket, under its name `file`, that fits into a socket address. If the state root is too long for
 * that, the path goes through a descriptor of its directory, which is open while `use` runs.
 */
export function withSocketPath<T>(reference: StoreReference | Store, file: string, use: (path: string) => T): T {
  if ('directory' in reference) return withDirectory(reference, (opened) => use(`${opened}/${file}`));
  const directory = containerDirectory(reference);
  const path = `${directory}/${file}`;
  if (byteLength(path) <= longestSocketPath) return use(path);
  const fd = sys().open({ path: directory, flags: O_PATH | O_DIRECTORY });
  try {
    return throughDescriptor({ fd, name: directory }, (opened) => use(`${opened}/${file}`));
  } finally {
    sys().close({ fd });
  }
}

/** Length in bytes of UTF-8. */
export function byteLength(text: string): number {
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}
