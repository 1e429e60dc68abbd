import { sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import { withDirectory, type Store, type StoreReference } from './paths.js';

/** The directory of the notify socket, in that of a container. */
export const notifyName = 'notify';

const O_PATH = 0o10000000;
const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;

/** Opens the directory of this container's notify socket, and never where a symlink leads out of it. The caller closes it. */
export function openNotifyDirectory(reference: StoreReference | Store): Fd {
  const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  return withDirectory(reference, (directory) => sys().open({ path: `${directory}/${notifyName}`, flags }));
}
