import { applyLimits } from '../../cgroup/apply.js';
import type { MadeCgroup } from '../../cgroup/create.js';
import { attachDeviceRules } from '../../cgroup/devices/attach.js';
import { holdCgroup } from '../../cgroup/identity.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import { remainderOf } from './prefix.js';
import type { Operation } from '../../protocol/operations.js';
import type { ContainerPlan, CreateInput } from '../../plan/types.js';
import type { Resources } from '../../spec/types.js';
import { reservedDescriptors, type BuildPlan, type WarmSlot } from './slot.js';

/** A container that can use a slot. */
export interface Fit {
  /** With the slot's cgroup as the container's. */
  readonly plan: ContainerPlan;
  /** What the slot has not done yet. */
  readonly rest: readonly Operation[];
  readonly cgroup: MadeCgroup | null;
  /** Sets the container's limits and device rules on the cgroup. */
  adaptCgroup(): void;
}

/**
 * Whether a container can use a slot: it asks for no particular cgroup (cgroup v2 cannot rename one) and for no descriptors of ours except
 * those of its plan, and its plan begins with what the slot has done. `isCurrent` says whether that is still valid.
 */
export function fitSlot(input: CreateInput, slot: WarmSlot, build: BuildPlan): Fit | null {
  const named = (input.spec.linux?.cgroupsPath ?? '') !== '';
  if (named || input.preserve > 0 || (input.cgroupPath === null) !== (slot.cgroupPath === null)) return null;
  const plan = build({ ...input, cgroupPath: slot.cgroupPath });
  if (plan.descriptors.length > reservedDescriptors) return null;
  const rest = remainderOf(plan, slot.prefix);
  if (rest === null) return null;
  return { plan, rest, cgroup: slot.cgroup, adaptCgroup: () => adaptCgroup(slot, input.spec.linux?.resources) };
}

function adaptCgroup({ cgroup, devices }: WarmSlot, resources: Resources | undefined): void {
  if (cgroup === null) return;
  const otherDevices = JSON.stringify(resources?.devices) !== JSON.stringify(devices);
  if (resources === undefined && !otherDevices) return;
  const held = holdCgroup({ identity: cgroup });
  if (held === null) throw gone(cgroup.directory);
  try {
    if (resources !== undefined) applyLimits({ ...cgroup, fd: held.fd, resources });
    if (otherDevices) attachDeviceRules({ cgroup: held.fd, rules: resources?.devices, replace: true });
  } finally {
    sys().close({ fd: held.fd });
  }
}

function gone(path: string): RuntimeError {
  return new RuntimeError(`open cgroup "${path}": no such file or directory (ENOENT)`, {
    code: 'setup',
    phase: 'cgroup',
    operation: 'open cgroup',
    path,
    errno: 'ENOENT',
  });
}
