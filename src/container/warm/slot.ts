import { attachDeviceRules, type DevicePrograms } from '../../cgroup/devices/attach.js';
import { createCgroup, type MadeCgroup } from '../../cgroup/create.js';
import type { PlannedCgroup } from '../../cgroup/plan.js';
import { removeCgroup } from '../../cgroup/remove.js';
import { cleanUp } from '../../errors/clean_up.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { inherited } from '../../host/inherited.js';
import type { MountTable } from '../../host/mount_table.js';
import { door } from '../../sys/call.js';
import type { Fd, InitMessage, Spawned } from '../../sys/contract.js';
import type { Ahead } from './prefix.js';
import type { Operation } from '../../protocol/operations.js';
import type { ContainerPlan, CreateInput } from '../../plan/types.js';
import type { DeviceRule } from '../../spec/types.js';
import { bury } from '../../init/reap.js';
import { openNull } from '../../init/streams.js';
import { follow } from '../../init/handshake.js';
import type { Fit } from './fit.js';
import { Places } from './places.js';
import { Sources } from './sources.js';
import { spawn } from '../../init/spawn.js';
import { timestamp } from '../create/timestamp.js';

/** How many descriptors a container from a sandbox can be handed: their numbers are kept free in it by placeholders. */
export const reservedDescriptors = 32;

const waiting: Operation = { op: 'nextPlan', reserved: reservedDescriptors };

/** A container to be, without a name: tsrun-init in its namespaces and its cgroup, which has done the beginning of a plan and waits for the rest. */
export interface Sandbox {
  readonly spawned: Spawned;
  readonly ahead: Ahead;
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

/** Whether a sandbox is what would be made now: what was done ahead would come to the same. */
export function isCurrent(sandbox: Sandbox): boolean {
  return sandbox.inherited === inherited() && sandbox.sources.areUnchanged() && sandbox.places.areUnchanged();
}

export type BuildPlan = (input: CreateInput) => ContainerPlan;

/** Gives sandboxes to creations. */
export interface SandboxSource {
  /** An offer that lasts until the event loop's next turn; null for none. `build` makes plans. */
  match(input: CreateInput, build: BuildPlan): Offer | null;
}

/** A sandbox from which a container can come. */
export interface Offer extends Fit {
  /** The sandbox belongs to the caller from now on. */
  take(): Spawned;
}

export interface SandboxRequest {
  readonly cgroupPath: string | null;
  readonly cgroup: PlannedCgroup | null;
  readonly ahead: Ahead;
  readonly devices: readonly DeviceRule[] | undefined;
  readonly programs: DevicePrograms;
  /** The mounts of this process's namespace. */
  readonly table: MountTable;
}

/** Milliseconds until a sandbox that is being made is given up. */
const patience = 30_000;

/** Makes a sandbox; answers when it is ready. On failure nothing is left of it. */
export async function makeSandbox({ cgroupPath, cgroup, ahead, devices, programs, table }: SandboxRequest): Promise<Sandbox> {
  const opened: Fd[] = [];
  let spawned: Spawned | null = null;
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
    const sources = new Sources({ paths: ahead.sources, table });
    spawned = await spawnWaiting({ ahead, cgroup: fd, opened });
    const places = new Places({ root: await beReady(spawned, ahead), places: ahead.places });
    return { spawned, ahead, cgroupPath, cgroup: made, devices, sources, places, inherited: given };
  } catch (error) {
    // First, since the rest may need descriptors (EMFILE).
    closeAll(opened);
    const [born, cgroupMade] = [spawned, made];
    throw await cleanUp(error, [...(born === null ? [] : [() => bury(born)]), ...(cgroupMade === null ? [] : [() => removeOwn(cgroupMade)])]);
  } finally {
    closeAll(opened);
  }
}

function closeAll(opened: Fd[]): void {
  for (const fd of opened.splice(0)) door().close({ fd });
}

/** Ends a sandbox that nobody has taken. */
export async function discardSandbox({ spawned, cgroup, places }: Sandbox): Promise<void> {
  places.close();
  await bury(spawned);
  if (cgroup !== null) await removeOwn(cgroup);
}

function removeOwn(cgroup: MadeCgroup): Promise<void> {
  return removeCgroup({ cgroup, parents: cgroup.parents, kill: true });
}

interface Waiting {
  readonly ahead: Ahead;
  readonly cgroup: Fd;
  readonly opened: Fd[];
}

async function spawnWaiting({ ahead, cgroup, opened }: Waiting): Promise<Spawned> {
  const nothing = openNull(opened);
  try {
    const fds = Array.from({ length: reservedDescriptors }, () => nothing);
    return await spawn({ cloneFlags: ahead.cloneFlags, cgroup, fds, stdio: [nothing, nothing, nothing], preserve: 0, here: false }, [
      ...ahead.operations,
      waiting,
    ]);
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'spawn', operation: 'clone3', path: 'sandbox' });
  }
}

/** Answers its root, as far as it has one of its own; else -1. */
async function beReady({ socket }: Spawned, { operations }: Ahead): Promise<Fd> {
  let root: Fd = -1;
  const onReady = ({ fd }: InitMessage): void => {
    root = fd;
  };
  const check = (): void => {
    throw neverReady('was not ready in time');
  };
  const end = await follow({ socket, operations: [...operations, waiting], phase: 'setup', onSync: () => undefined, onReady, descriptor: true, silence: { milliseconds: patience, check } });
  if (end === 'ready') return root;
  throw neverReady('ended before it was ready');
}

function neverReady(what: string): RuntimeError {
  return new RuntimeError(`prewarm: a warm slot ${what}`, { code: 'setup', phase: 'setup', operation: 'tsrun-init' });
}
