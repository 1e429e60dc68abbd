import { attachDeviceRules, type DevicePrograms } from '../../cgroup/devices/attach.js';
import { createCgroup, type MadeCgroup } from '../../cgroup/create.js';
import type { PlannedCgroup } from '../../cgroup/plan.js';
import { removeCgroup } from '../../cgroup/remove.js';
import { cleanUp } from '../../errors/clean_up.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { inherited } from '../../host/inherited.js';
import type { MountTable } from '../../host/mount_table.js';
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
import { Sources } from './sources.js';
import { spawn } from '../../init/spawn.js';
import { timestamp } from '../../host/timestamp.js';

/** How many descriptors a container from a slot can be handed: their numbers are kept free in it by placeholders. */
export const reservedDescriptors = 32;

const waiting: Operation = { op: 'nextPlan', reserved: reservedDescriptors };

/** A container to be, without a name: tsrun-init in its namespaces and its cgroup, which has done the beginning of a plan and waits for the rest. */
export interface WarmSlot {
  readonly spawned: Child;
  readonly prefix: Prefix;
  /** Below the mount point; null where the host has no hierarchy. */
  readonly cgroupPath: string | null;
  readonly cgroup: MadeCgroup | null;
  /** The rules of the device program on the cgroup. */
  readonly devices: readonly DeviceRule[] | undefined;
  /** What the beginning took from the host. */
  readonly sources: Sources;
  /** Where its mounts lie. */
  readonly places: Places;
  /** What its process was given by ours. */
  readonly inherited: string;
}

/** Whether a slot is what would be made now: what was done ahead would come to the same. */
export function isCurrent(slot: WarmSlot): boolean {
  return slot.inherited === inherited() && slot.sources.areUnchanged() && slot.places.areUnchanged();
}

export type BuildPlan = (input: CreateInput) => ContainerPlan;

/** Gives slots to creations. */
export interface SlotSource {
  /** An offer that lasts until the event loop's next turn; null for none. `build` makes plans. */
  match(input: CreateInput, build: BuildPlan): Offer | null;
}

/** A slot from which a container can come. */
export interface Offer extends Fit {
  /** The slot belongs to the caller from now on. */
  take(): Child;
}

export interface SlotRequest {
  readonly cgroupPath: string | null;
  readonly cgroup: PlannedCgroup | null;
  readonly prefix: Prefix;
  readonly devices: readonly DeviceRule[] | undefined;
  readonly programs: DevicePrograms;
  /** The mounts of this process's namespace. */
  readonly table: MountTable;
}

/** Milliseconds until a slot that is being made is given up. */
const timeoutMs = 30_000;

/** Makes a slot; answers when it is ready. On failure nothing is left of it. */
export async function makeSlot({ cgroupPath, cgroup, prefix, devices, programs, table }: SlotRequest): Promise<WarmSlot> {
  const opened: Fd[] = [];
  let spawned: Child | null = null;
  let made: MadeCgroup | null = null;
  try {
    let fd: Fd = -1;
    if (cgroup !== null && cgroupPath !== null) {
      ({ fd, ...made } = await createCgroup({ planned: cgroup, resources: undefined, claim: `${cgroupPath} ${timestamp()}` }));
      opened.push(fd);
      attachDeviceRules({ cgroup: fd, rules: devices, programs });
    }
    // Before they are used: what changes meanwhile is noticed.
    const given = inherited();
    const sources = new Sources({ paths: prefix.sources, table });
    spawned = await spawnWaiting({ prefix, cgroup: fd, opened });
    const places = new Places({ root: await beReady(spawned, prefix), places: prefix.places });
    return { spawned, prefix, cgroupPath, cgroup: made, devices, sources, places, inherited: given };
  } catch (error) {
    // First, since the rest may need descriptors (EMFILE).
    closeAll(opened);
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
    throw fromSystem(error, { code: 'setup', phase: 'spawn', operation: 'clone3', path: 'slot' });
  }
}

/** Answers its root, as far as it has one of its own; else -1. */
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

function neverReady(what: string): RuntimeError {
  return new RuntimeError(`prewarm: a warm slot ${what}`, { code: 'setup', phase: 'setup', operation: 'tsrun-init' });
}
