import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { door, isSystemError } from '../native/call.js';
import type { Fd } from '../native/contract.js';
import type { Resources } from '../spec/types.js';
import { applyLimits } from './apply.js';
import { handDownControllers, type HandedDown } from './controllers.js';
import { isFrozen } from './freeze.js';
import { planCgroup, type PlannedCgroup } from './plan.js';
import { cgroupProcesses } from './processes.js';
import { removeEmpty } from './remove.js';

export interface CreateCgroup {
  readonly host: { readonly cgroupMount: string | null };
  /** Below the mount point, from {@link cgroupPathOf}. */
  readonly path: string;
  readonly resources: Resources | undefined;
  /** From {@link planCgroup}, where the caller wrote down beforehand what is going to be made. */
  readonly planned?: PlannedCgroup;
}

export interface Cgroup extends PlannedCgroup {
  /** The directory, open: for clone3(CLONE_INTO_CGROUP) and the device program. The caller closes it. */
  readonly fd: Fd;
  /** Its controllers. */
  readonly handedDown: HandedDown;
}

/**
 * Makes the container's cgroup with its limits, before it has a process. An existing cgroup is taken where it is empty; on failure what was made
 * is removed again.
 */
export function createCgroup(o: CreateCgroup): Cgroup {
  const planned = o.planned ?? planCgroup(o);
  const made = makeDirectories(planned);
  try {
    const handedDown = handDownControllers(planned);
    if (o.resources !== undefined) applyLimits({ ...planned, handedDown, resources: o.resources });
    return { ...planned, fd: openCgroup(planned.directory), handedDown };
  } catch (error) {
    removeEmpty([...planned.parents, ...(made ? [planned.directory] : [])]);
    throw error;
  }
}

/** A cgroup as a descriptor. Not O_PATH: bpf(2) wants one that was really opened. */
export function openCgroup(directory: string): Fd {
  try {
    return door().open({ path: directory, flags: O_DIRECTORY });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'open cgroup', path: directory });
  }
}

const O_DIRECTORY = 0o200000;

/** Another container's delete may remove a shared parent as empty between our making it and our using it. */
const attempts = 16;

/** False where the cgroup was there already. */
function makeDirectories(planned: PlannedCgroup): boolean {
  for (let attempt = 1; ; attempt++) {
    try {
      for (const parent of planned.parents) makeShared(parent);
      door().makeDirectory({ path: planned.directory, mode: 0o755 });
      return true;
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) {
        refuseUsed(planned.directory);
        return false;
      }
      if (isSystemError(error, 'ENOENT') && planned.parents.length > 0 && attempt < attempts) continue;
      throw cannotMake(planned.directory, error);
    }
  }
}

function makeShared(path: string): void {
  try {
    door().makeDirectory({ path, mode: 0o755 });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
}

/** The processes there would get our limits and would be killed by our delete: refused in runc's words. */
function refuseUsed(directory: string): void {
  const found = cgroupProcesses({ directory });
  const details = { code: 'setup', phase: 'cgroup', operation: 'make cgroup', path: directory } as const;
  if (found.length > 0) {
    throw new RuntimeError(`container's cgroup is not empty: ${found.length} process(es) found`, {
      ...details,
      errno: 'EEXIST',
      hint: `"${directory}" is used by something else: choose another /linux/cgroupsPath, or end the processes`,
    });
  }
  if (isFrozen({ directory })) {
    throw new RuntimeError("container's cgroup unexpectedly frozen", { ...details, hint: `write 0 to "${directory}/cgroup.freeze", or choose another /linux/cgroupsPath` });
  }
}

function cannotMake(path: string, error: unknown): RuntimeError {
  return fromSystem(error, {
    code: isSystemError(error, 'EACCES', 'EPERM') ? 'permission' : 'setup',
    phase: 'cgroup',
    operation: 'make cgroup',
    path,
    hint: isSystemError(error, 'EAGAIN')
      ? 'a limit of the cgroups above is reached: cgroup.max.descendants or cgroup.max.depth'
      : 'the cgroup v2 hierarchy must be mounted writable, and delegated to this user',
  });
}
