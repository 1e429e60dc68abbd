import { fromSystem } from '../errors/from_system.js';
import { sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';

const O_DIRECTORY = 0o200000;
const O_PATH = 0o10000000;

/** The mount point of the hierarchy, below which cgroups are opened. */
export function openHierarchy(path: string): Fd {
  try {
    return sys().open({ path, flags: O_PATH | O_DIRECTORY });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'open cgroup', path });
  }
}
