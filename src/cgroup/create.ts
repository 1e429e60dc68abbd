import { cleanUp, everyStep } from '../errors/clean_up.js';
import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import type { Resources } from '../spec/types.js';
import { applyLimits } from './apply.js';
import { claimAttribute, claimCgroup, claimOf } from './claim.js';
import { handDownControllers, type HandedDown } from './controllers.js';
import { isFrozen } from './processes/freeze.js';
import { openHierarchy } from './hierarchy.js';
import type { HeldCgroup } from './identity.js';
import { makeParent } from './parents.js';
import type { PlannedCgroup } from './plan.js';
import { cgroupProcesses, hasProcesses } from './processes/index.js';
import { tryRemove } from './try_remove.js';
import { until } from './wait.js';

export interface CreateCgroup {
  readonly planned: PlannedCgroup;
  readonly resources: Resources | undefined;
  /** What it is claimed with: given by no other creation. */
  readonly claim: string;
}

export interface Cgroup extends MadeCgroup {
  /** The directory, open: for clone3(CLONE_INTO_CGROUP) and the device program. The caller closes it. */
  readonly fd: Fd;
}

export interface MadeCgroup extends PlannedCgroup {
  /** By which it is known from now on. */
  readonly inode: number;
  /** Its controllers. */
  readonly handedDown: HandedDown;
}

/**
 * Makes the container's cgroup with its limits, before it has a process. Of any number of callers for one path one gets it. A directory that somebody else made is taken as it is
 * where it is empty; that of a container that has ended is made anew, so that no two containers ever have the same inode. On failure what was made is removed again.
 */
export async function createCgroup({ planned, resources, claim }: CreateCgroup): Promise<Cgroup> {
  const taken = await take(planned, claim);
  try {
    const handedDown = handDownControllers(planned);
    if (resources !== undefined) applyLimits({ ...planned, fd: taken.fd, handedDown, resources });
    return { ...planned, fd: taken.fd, inode: taken.inode, handedDown };
  } catch (error) {
    throw await cleanUp(error, [() => giveUp({ ...taken, claimed: true }, planned.directory)]);
  }
}

interface Taken {
  readonly fd: Fd;
  readonly inode: number;
  /** What was made, outermost first. */
  readonly made: readonly string[];
}

/** Another container's delete may remove a shared parent as empty between our making it and our using it. */
const attempts = 16;

/** Milliseconds that another creation may take from its claim to its first process. */
const timeoutMs = 100;

async function take(planned: PlannedCgroup, claim: string): Promise<Taken> {
  const { directory } = planned;
  const hierarchy = openHierarchy(planned.mount);
  try {
    for (let attempt = 1; ; attempt++) {
      const made = await makeDirectories(planned);
      const held = made === null ? null : await openMade({ hierarchy, planned, made });
      if (made === null || held === null) {
        removeMade(made ?? []);
        if (attempt < attempts) continue;
        throw inUse(directory);
      }
      const taken = await claimOrClear({ held, made, claim });
      if (taken !== null) return taken;
      if (attempt >= attempts) throw inUse(directory);
    }
  } finally {
    sys().close({ fd: hierarchy });
  }
}

/** As {@link openBelow}; where that fails, nothing of what was made stays. */
async function openMade({
  hierarchy,
  planned,
  made,
}: {
  readonly hierarchy: Fd;
  readonly planned: PlannedCgroup;
  readonly made: readonly string[];
}): Promise<HeldCgroup | null> {
  try {
    return openBelow(hierarchy, planned);
  } catch (error) {
    throw await cleanUp(error, [() => removeMade(made)]);
  }
}

interface ClaimOrClear {
  readonly held: HeldCgroup;
  readonly made: readonly string[];
  readonly claim: string;
}

/** Null where the directory of a container that has ended was removed, so that one can be made anew. */
async function claimOrClear({ held, made, claim }: ClaimOrClear): Promise<Taken | null> {
  const { fd, directory } = held;
  let claimed = false;
  try {
    if (!isMade(made, directory)) refuseUsed(held);
    claimed = claimCgroup({ fd, directory, claim });
    if (claimed) return { fd, inode: inodeOf(held), made };
  } catch (error) {
    throw await cleanUp(error, [() => giveUp({ fd, made, claimed }, directory)]);
  }
  await clearEnded(held, made);
  return null;
}

/** Removes somebody else's: of a container that ended, not of a creation that goes on at this moment. */
async function clearEnded(held: HeldCgroup, made: readonly string[]): Promise<void> {
  const { fd, directory } = held;
  await everyStep([
    async () => {
      if (await until(() => hasProcesses(held), timeoutMs)) refuseUsed(held);
      if (!sys().removeCgroupsBelow({ directory: fd })) refuseUsed(held);
      if (sys().status({ path: directory, follow: false })?.inode === inodeOf(held) && !tryRemove(directory)) throw inUse(directory);
    },
    () => {
      sys().close({ fd });
    },
    () => {
      removeMade(above(made, directory));
    },
  ]);
}

function isMade(made: readonly string[], directory: string): boolean {
  return made[made.length - 1] === directory;
}

function above(made: readonly string[], directory: string): readonly string[] {
  return made.filter((path) => path !== directory);
}

function inodeOf({ fd, directory }: HeldCgroup): number {
  const status = sys().status({ path: '', follow: false, fd });
  if (status === null) throw inUse(directory);
  return status.inode;
}

interface GivenUp extends Pick<Taken, 'fd' | 'made'> {
  readonly claimed: boolean;
}

/** A directory that we did not make stays as it was found. */
function giveUp({ fd, made, claimed }: GivenUp, directory: string): Promise<void> {
  // What another has claimed by now is not ours, whoever made it.
  let ours = claimed;
  return everyStep([
    () => {
      if (!claimed) ours = claimOf({ fd, directory }) === null;
      else if (!isMade(made, directory)) sys().removeAttribute({ fd, name: claimAttribute });
    },
    () => {
      sys().close({ fd });
    },
    () => {
      removeMade(ours ? made : above(made, directory));
    },
  ]);
}

/** What was made just now, and is empty: what another container uses by now stays. */
function removeMade(made: readonly string[]): void {
  for (const path of [...made].reverse()) if (!tryRemove(path)) return;
}

const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
const RESOLVE_NO_XDEV = 0x01;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;

/** The cgroup as a descriptor, which is not O_PATH: bpf(2) wants one that was really opened. Never what is mounted over a part of the hierarchy. Null where it is gone. */
function openBelow(hierarchy: Fd, { mount, directory }: PlannedCgroup): HeldCgroup | null {
  const path = directory.slice(mount.length).replace(/^\/+/, '');
  try {
    const fd = sys().open({
      path,
      directory: hierarchy,
      flags: O_DIRECTORY | O_NOFOLLOW,
      resolve: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    });
    return { fd, directory };
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV')) return null;
    throw fromSystem(error, {
      code: 'setup',
      phase: 'cgroup',
      operation: 'open cgroup',
      path: directory,
      ...(isSystemError(error, 'ENOTDIR') ? { hint: fileHint } : {}),
      ...(isSystemError(error, 'EXDEV')
        ? { hint: 'something is mounted over a part of the cgroup v2 hierarchy: choose another /linux/cgroupsPath' }
        : {}),
    });
  }
}

/** What was made, outermost first; null where a parent was removed meanwhile. */
async function makeDirectories({ parents, directory }: PlannedCgroup): Promise<readonly string[] | null> {
  const made: string[] = [];
  try {
    for (const parent of parents) if (await makeParent(parent)) made.push(parent);
    sys().makeDirectory({ path: directory, mode: 0o755 });
    return [...made, directory];
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return made;
    const failure = await cleanUp(cannotMake(directory, error), [() => removeMade(made)]);
    if (isSystemError(error, 'ENOENT') && parents.length > 0) return null;
    throw failure;
  }
}

/** The processes there would get our limits and would be killed by our delete: refused in runc's words. */
function refuseUsed(held: HeldCgroup): void {
  const { directory } = held;
  const details = { code: 'setup', phase: 'cgroup', operation: 'make cgroup', path: directory } as const;
  const found = hasProcesses(held) ? cgroupProcesses(held) : [];
  if (found.length > 0) {
    throw new RuntimeError(`container's cgroup is not empty: ${found.length} process(es) found`, {
      ...details,
      errno: 'EEXIST',
      hint: `"${directory}" is used by something else: choose another /linux/cgroupsPath, or end the processes`,
    });
  }
  if (isFrozen({ directory })) {
    throw new RuntimeError("container's cgroup unexpectedly frozen", {
      ...details,
      hint: `write 0 to "${directory}/cgroup.freeze", or choose another /linux/cgroupsPath`,
    });
  }
}

function inUse(directory: string): RuntimeError {
  return new RuntimeError(`make cgroup "${directory}": device or resource busy (EBUSY)`, {
    code: 'setup',
    phase: 'cgroup',
    operation: 'make cgroup',
    path: directory,
    errno: 'EBUSY',
    hint: 'other containers are created in it at this moment: choose another /linux/cgroupsPath',
  });
}

function cannotMake(path: string, error: unknown): RuntimeError {
  return fromSystem(error, {
    code: isSystemError(error, 'EACCES', 'EPERM') ? 'permission' : 'setup',
    phase: 'cgroup',
    operation: 'make cgroup',
    path,
    hint: makeHint(error),
  });
}

const fileHint = 'it has the name of a file of the kernel: choose another /linux/cgroupsPath';

function makeHint(error: unknown): string {
  if (isSystemError(error, 'EAGAIN')) return 'a limit of the cgroups above is reached: cgroup.max.descendants or cgroup.max.depth';
  return isSystemError(error, 'ENOTDIR') ? fileHint : 'the cgroup v2 hierarchy must be mounted writable, and delegated to this user';
}
