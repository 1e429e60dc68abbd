import { attachDeviceRules, type DevicePrograms } from '../../cgroup/devices/attach.js';
import { createCgroup, type MadeCgroup } from '../../cgroup/create.js';
import type { PlannedCgroup } from '../../cgroup/plan.js';
import { removeCgroup } from '../../cgroup/remove.js';
import { cleanUp } from '../../errors/clean_up.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { isStillInherited, type Inherited } from '../../host/inherited.js';
import { sys } from '../../sys/call.js';
import type { Fd, InitMessage } from '../../sys/contract.js';
import type { Prefix } from './prefix.js';
import type { Operation } from '../../protocol/operations.js';
import type { ContainerPlan, CreateInput } from '../../plan/types.js';
import type { DeviceRule } from '../../spec/types.js';
import type { Child } from '../../init/child.js';
import { openNull } from '../../init/streams.js';
import { follow } from '../../init/handshake.js';
import type { Fit } from './fit.js';
import { Places } from './places.js';
import type { Sources } from './sources.js';
import { spawn } from '../../init/spawn.js';
import { timestamp } from '../../host/timestamp.js';

/** How many descriptors can be passed to a container from a slot. Placeholders in the slot keep their numbers free. */
export const reservedDescriptors = 32;

const waiting: Operation = { op: 'nextPlan', reserved: reservedDescriptors };

/**
 * A future container without a name: tsrun-init in its namespaces and its cgroup, which has done the beginning of a plan and waits for the
 * rest.
 */
export interface WarmSlot {
  readonly spawned: Child;
  readonly prefix: Prefix;
  /** Below the mount point; null if the host has no hierarchy. */
  readonly cgroupPath: string | null;
  readonly cgroup: MadeCgroup | null;
  /** The rules of the device program on the cgroup. */
  readonly devices: readonly DeviceRule[] | undefined;
  /** What the beginning took from the host. */
  readonly sources: Sources;
  /** Where its mounts are. */
  readonly places: Places;
  /** What its process inherited from ours. */
  readonly inherited: Inherited;
}

/** Whether the slot equals one that would be made now, that is, what was done ahead would have the same result. */
export function isCurrent(slot: WarmSlot): boolean {
  return isStillInherited(slot.inherited) && slot.sources.areUnchanged() && slot.places.areUnchanged();
}

export type BuildPlan = (input: CreateInput) => ContainerPlan;

/** Offers slots to creations. */
export interface SlotSource {
  /** An offer that is valid until the event loop's next turn, or null. `build` makes plans. */
  match(input: CreateInput, build: BuildPlan): Offer | null;
}

/** A slot that a container can use. */
export interface Offer extends Fit {
  /** Takes the slot, which then belongs to the caller. */
  take(): Child;
}

export interface SlotRequest {
  readonly cgroupPath: string | null;
  readonly cgroup: PlannedCgroup | null;
  readonly prefix: Prefix;
  readonly devices: readonly DeviceRule[] | undefined;
  readonly programs: DevicePrograms;
  /** What a slot takes from our process and from the host, read before it is used, so that changes in between are noticed. */
  readonly inherited: Inherited;
  readonly sources: Sources;
}

/** How many milliseconds a slot may take to become ready. */
const timeoutMs = 30_000;

/** Makes a slot and returns when it is ready. If it fails, nothing of the slot is left. */
export async function makeSlot({ cgroupPath, cgroup, prefix, devices, programs, ...taken }: SlotRequest): Promise<WarmSlot> {
  const opened: Fd[] = [];
  let spawned: Child | null = null;
  let made: MadeCgroup | null = null;
  let places: Places | null = null;
  try {
    let fd: Fd = -1;
    if (cgroup !== null && cgroupPath !== null) {
      ({ fd, ...made } = await createCgroup({ planned: cgroup, resources: undefined, claim: `${cgroupPath} ${timestamp()}` }));
      opened.push(fd);
      attachDeviceRules({ cgroup: fd, rules: devices, programs });
    }
    spawned = await spawnWaiting({ prefix, cgroup: fd, opened });
    places = new Places({ root: await beReady(spawned, prefix), rootfs: rootfsOf(prefix), places: prefix.places });
    for (const used of places.used) if (!taken.sources.are(used)) throw replaced(used.source);
    return { spawned, prefix, cgroupPath, cgroup: made, devices, places, ...taken };
  } catch (error) {
    // First, because the rest may need descriptors (EMFILE).
    closeAll(opened);
    places?.close();
    const [born, cgroupMade] = [spawned, made];
    throw await cleanUp(error, [
      ...(born === null ? [] : [() => born.killAndReap()]),
      ...(cgroupMade === null ? [] : [() => removeOwn(cgroupMade)]),
    ]);
  } finally {
    closeAll(opened);
  }
}

function closeAll(opened: Fd[]): void {
  for (const fd of opened.splice(0)) sys().close({ fd });
}

/** Ends a slot that nobody has taken. */
export async function discardSlot({ spawned, cgroup, places }: WarmSlot): Promise<void> {
  places.close();
  await spawned.killAndReap();
  if (cgroup !== null) await removeOwn(cgroup);
}

function removeOwn(cgroup: MadeCgroup): Promise<void> {
  return removeCgroup({ cgroup, parents: cgroup.parents, kill: true });
}

interface Waiting {
  readonly prefix: Prefix;
  readonly cgroup: Fd;
  readonly opened: Fd[];
}

async function spawnWaiting({ prefix, cgroup, opened }: Waiting): Promise<Child> {
  const nothing = openNull(opened);
  try {
    const fds = Array.from({ length: reservedDescriptors }, () => nothing);
    return await spawn({ cloneFlags: prefix.cloneFlags, cgroup, fds, stdio: [nothing, nothing, nothing], preserve: 0, here: false }, [
      ...prefix.operations,
      waiting,
    ]);
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'spawn', path: 'slot' });
  }
}

/** Returns its root if it already has its own, otherwise -1. */
async function beReady({ socket }: Child, { operations }: Prefix): Promise<Fd> {
  let root: Fd = -1;
  const onReady = ({ fd }: InitMessage): void => {
    root = fd;
  };
  const check = (): void => {
    throw neverReady('was not ready in time');
  };
  const end = await follow({
    socket,
    operations: [...operations, waiting],
    phase: 'setup',
    onSync: () => undefined,
    onReady,
    descriptor: true,
    silence: { milliseconds: timeoutMs, check },
  });
  if (end === 'ready') return root;
  throw neverReady('ended before it was ready');
}

function rootfsOf({ operations }: Prefix): string | undefined {
  const operation = operations.find(({ op }) => op === 'rootfs');
  return operation?.op === 'rootfs' ? String(operation.path) : undefined;
}

function replaced(path: string): RuntimeError {
  return new RuntimeError(`prewarm: "${path}" was replaced while a warm slot was made`, {
    code: 'setup',
    phase: 'setup',
    operation: 'mount',
    path,
  });
}

function neverReady(what: string): RuntimeError {
  return new RuntimeError(`prewarm: a warm slot ${what}`, { code: 'setup', phase: 'setup', operation: 'tsrun-init' });
}
