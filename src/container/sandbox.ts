import { attachDeviceRules, type DevicePrograms } from '../cgroup/devices.js';
import { createCgroup } from '../cgroup/create.js';
import type { HandedDown } from '../cgroup/controllers.js';
import type { PlannedCgroup } from '../cgroup/plan.js';
import { removeCgroup } from '../cgroup/remove.js';
import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { door } from '../native/call.js';
import type { Fd, Spawned } from '../native/contract.js';
import type { Ahead } from '../plan/ahead.js';
import type { ContainerPlan, CreateInput } from '../plan/types.js';
import type { DeviceRule } from '../spec/types.js';
import { bury } from './bury.js';
import { openNull } from './files.js';
import { follow } from './handshake.js';
import type { Fit } from './sandbox_fit.js';
import { identify, type Identities } from './sandbox_sources.js';
import { spawn } from './spawn.js';

/** How many descriptors a container from a sandbox can be handed: their numbers are kept free in it by placeholders. */
export const reservedDescriptors = 32;

/** A container to be, without a name: tsrun-init in its namespaces and its cgroup, which has done the beginning of a plan and waits for the rest. */
export interface Sandbox {
  readonly spawned: Spawned;
  readonly ahead: Ahead;
  /** Below the mount point; null where the host has no hierarchy. */
  readonly cgroupPath: string | null;
  readonly cgroup: PlannedCgroup | null;
  /** The controllers of the cgroup. */
  readonly handedDown: HandedDown;
  /** The rules of the device program on the cgroup. */
  readonly devices: readonly DeviceRule[] | undefined;
  /** What the beginning took from the host. */
  readonly sources: Identities;
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
  readonly host: { readonly cgroupMount: string | null };
  readonly cgroupPath: string | null;
  readonly cgroup: PlannedCgroup | null;
  readonly ahead: Ahead;
  readonly devices: readonly DeviceRule[] | undefined;
  readonly programs: DevicePrograms;
}

/** Makes a sandbox; answers when it is ready. On failure nothing is left of it. */
export async function makeSandbox({ host, cgroupPath, cgroup, ahead, devices, programs }: SandboxRequest): Promise<Sandbox> {
  const opened: Fd[] = [];
  let spawned: Spawned | null = null;
  let made = false;
  try {
    let fd: Fd = -1;
    let handedDown: HandedDown = { controllers: [], refusals: [] };
    if (cgroup !== null && cgroupPath !== null) {
      ({ fd, handedDown } = createCgroup({ host, path: cgroupPath, resources: undefined, planned: cgroup }));
      made = true;
      opened.push(fd);
      attachDeviceRules({ cgroup: fd, rules: devices, programs });
    }
    // Before it is used: what changes meanwhile is noticed.
    const sources = identify(ahead.operations);
    spawned = await spawnWaiting({ ahead, cgroup: fd, opened });
    await beReady(spawned, ahead);
    return { spawned, ahead, cgroupPath, cgroup, handedDown, devices, sources };
  } catch (error) {
    if (spawned !== null) await bury(spawned);
    if (cgroup !== null && made) await removeCgroup(cgroup);
    throw error;
  } finally {
    for (const opening of opened) door().close({ fd: opening });
  }
}

/** Ends a sandbox that nobody has taken. */
export async function discardSandbox({ spawned, cgroup }: Sandbox): Promise<void> {
  await bury(spawned);
  if (cgroup !== null) await removeCgroup(cgroup);
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
      { op: 'nextPlan', reserved: reservedDescriptors },
    ]);
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'spawn', operation: 'clone3', path: 'sandbox' });
  }
}

async function beReady({ socket }: Spawned, { operations }: Ahead): Promise<void> {
  const end = await follow({ socket, operations, phase: 'setup', onSync: () => undefined });
  if (end === 'ready') return;
  throw new RuntimeError('prewarm: a sandbox ended before it was ready', { code: 'setup', phase: 'setup', operation: 'tsrun-init' });
}
