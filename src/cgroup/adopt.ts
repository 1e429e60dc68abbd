import { RuntimeError } from '../errors/runtime_error.js';
import { sys } from '../sys/call.js';
import type { Resources } from '../spec/types.js';
import { applyLimits } from './apply.js';
import { handDownControllers } from './controllers.js';
import type { Cgroup } from './create.js';
import { openBelow, openHierarchy } from './tree/hierarchy.js';

export interface AdoptCgroup {
  /** The mount point of the hierarchy. */
  readonly mount: string;
  /** Absolute directory of the cgroup. */
  readonly directory: string;
}

/** Opens a cgroup that systemd made for the container and that has its process. The caller closes it. */
export function adoptCgroup({ mount, directory }: AdoptCgroup): Omit<Cgroup, 'handedDown'> {
  const hierarchy = openHierarchy(mount);
  try {
    const held = openBelow(hierarchy, { mount, directory });
    const status = held === null ? null : sys().status({ path: '', follow: false, fd: held.fd });
    if (held !== null && status !== null) return { mount, directory, parents: [], fd: held.fd, inode: status.inode };
  } finally {
    sys().close({ fd: hierarchy });
  }
  throw new RuntimeError(`open cgroup "${directory}": no such file or directory (ENOENT)`, {
    code: 'setup',
    phase: 'cgroup',
    operation: 'open cgroup',
    path: directory,
    errno: 'ENOENT',
    hint: 'systemd has removed it again: its unit was stopped meanwhile',
  });
}

/** Sets the limits of an adopted cgroup. */
export function limitAdopted(cgroup: Omit<Cgroup, 'handedDown'>, resources: Resources | undefined): void {
  const handedDown = handDownControllers(cgroup);
  if (resources !== undefined) applyLimits({ ...cgroup, handedDown, resources });
}
