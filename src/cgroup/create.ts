import { cleanUp, everyStep } from '../errors/clean_up.js';
import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import type { Resources } from '../spec/types.js';
import { applyLimits } from './apply.js';
import { claimAttribute, claimCgroup, claimOf, parentClaim } from './tree/claim.js';
import { handDownControllers, type HandedDown } from './controllers.js';
import { descendantsOf } from './tree/descendants.js';
import { isFrozen } from './processes/freeze.js';
import { fileHint, openBelow, openHierarchy } from './tree/hierarchy.js';
import type { HeldCgroup } from './identity.js';
import { makeParent } from './tree/parents.js';
import type { PlannedCgroup } from './plan.js';
import { cgroupProcesses, hasProcesses } from './processes/index.js';
import { tryRemove } from './tree/try_remove.js';
import { until } from './wait.js';

export interface CreateCgroup {
  readonly planned: PlannedCgroup;
  readonly resources: Resources | undefined;
  /** The claim; no other creation uses the same. */
  readonly claim: string;
}

export interface Cgroup extends MadeCgroup {
  /** The open directory, for clone3(CLONE_INTO_CGROUP) and the device program. The caller closes it. */
  readonly fd: Fd;
}

export interface MadeCgroup extends PlannedCgroup {
  /** What identifies it from now on. */
  readonly inode: number;
  /** Its controllers. */
  readonly handedDown: HandedDown;
}

/**
 * Creates the container's cgroup with its limits, before it has a process. Of any number of callers with one path, one gets it. A directory
 * that somebody else created, with neither processes nor cgroups in it, is used as it is; one of a container that has ended is created
 * again, so that no two containers ever have the same inode. If this fails, it removes what it created.
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
  /** What was created, outermost first. */
  readonly made: readonly string[];
}

/** Another container's delete may remove an empty shared parent after we create it and before we use it. */
const attempts = 16;

/** How many milliseconds another creation may take from its claim to its first process. */
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

/** Like {@link openBelow}. If that fails, removes everything that was created. */
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

/** Null if the directory of an ended container was removed, so that a new one can be created. */
async function claimOrClear({ held, made, claim }: ClaimOrClear): Promise<Taken | null> {
  const { fd, directory } = held;
  let claimed = false;
  let shared = false;
  try {
    if (!isMade(made, directory)) refuseUsed(held);
    claimed = claimCgroup({ fd, directory, claim });
    shared = !claimed && claimOf({ fd, directory }) === parentClaim;
    if (shared || (claimed && !isMade(made, directory))) refuseChildren(held);
    if (claimed) return { fd, inode: inodeOf(held), made };
  } catch (error) {
    throw await cleanUp(error, [() => giveUp({ fd, made, claimed }, directory)]);
  }
  await clearEnded({ held, made, shared });
  return null;
}

interface ClearEnded extends Omit<ClaimOrClear, 'claim'> {
  /** Whether it was created above containers' cgroups: what is below it is then never its own. */
  readonly shared: boolean;
}

/** Removes somebody else's cgroup if its container has ended, but not if its creation is still in progress. */
async function clearEnded({ held, made, shared }: ClearEnded): Promise<void> {
  const { fd, directory } = held;
  await everyStep([
    async () => {
      if (await until(() => hasProcesses(held), timeoutMs)) refuseUsed(held);
      if (!shared && !sys().removeCgroupsBelow({ directory: fd })) refuseUsed(held);
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

/** Cleans up after a failure. A directory that we did not create stays as it was. */
function giveUp({ fd, made, claimed }: GivenUp, directory: string): Promise<void> {
  // A cgroup that another creation has claimed by now is not ours, even if we created it.
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

/** Removes what was just created if it is empty; a directory that another container uses by now stays. */
function removeMade(made: readonly string[]): void {
  for (const path of [...made].reverse()) if (!tryRemove(path)) return;
}

/** What was created, outermost first; null if a parent was removed meanwhile. */
async function makeDirectories({ parents, directory }: PlannedCgroup): Promise<readonly string[] | null> {
  const made: string[] = [];
  try {
    // The parents are nearly always there.
    if (parents.length > 0 && makeBelow(directory)) return [directory];
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

/** Returns false if its parent does not exist. */
function makeBelow(directory: string): boolean {
  try {
    sys().makeDirectory({ path: directory, mode: 0o755 });
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Our limits would apply to the processes in it, and our delete would kill them, so it is refused in runc's words. */
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

/**
 * Cgroups below a container's are removed with it. Those that exist before any container has claimed the directory, or below one that tsrun
 * created for several containers, are not the container's.
 */
function refuseChildren(held: HeldCgroup): void {
  const { directory } = held;
  const found = descendantsOf(held);
  if (found === 0) return;
  throw new RuntimeError(`container's cgroup is not empty: ${found} cgroup(s) found below it`, {
    code: 'setup',
    phase: 'cgroup',
    operation: 'make cgroup',
    path: directory,
    errno: 'EEXIST',
    hint: `"${directory}" is used by something else: choose another /linux/cgroupsPath, or remove the cgroups below it`,
  });
}

function inUse(directory: string): RuntimeError {
  return new RuntimeError(`make cgroup "${directory}": device or resource busy (EBUSY)`, {
    code: 'setup',
    phase: 'cgroup',
    operation: 'make cgroup',
    path: directory,
    errno: 'EBUSY',
    hint: 'other containers are being created in it: choose another /linux/cgroupsPath',
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

function makeHint(error: unknown): string {
  if (isSystemError(error, 'EAGAIN')) return 'a parent cgroup has reached its cgroup.max.descendants or cgroup.max.depth';
  return isSystemError(error, 'ENOTDIR') ? fileHint : 'the cgroup v2 hierarchy must be mounted writable, and delegated to this user';
}
