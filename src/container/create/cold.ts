import { attachDeviceRules } from '../../cgroup/devices/attach.js';
import { cleanUp } from '../../errors/clean_up.js';
import { fromSystem } from '../../errors/from_system.js';
import { isRootless } from '../../host/facts.js';
import { openDescriptors } from '../../init/descriptors.js';
import type { Child } from '../../init/child.js';
import { beginSpawn, type Spawning } from '../../init/spawn.js';
import { openStreams } from '../../init/streams.js';
import type { ContainerPlan } from '../../plan/types.js';
import type { Operation } from '../../protocol/operations.js';
import { isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { makeResctrl } from '../resctrl.js';
import type { Console } from './console.js';
import type { Creation } from './creation.js';
import { bringUp } from './host_part/index.js';
import { makeNotifyDirectory } from './notify.js';
import { makeCgroup, type Place } from './place.js';
import { placedDescriptors } from './preserve.js';

/** Creates the container from nothing; returns the operations that its tsrun-init received. */
export async function createCold(creation: Creation, plan: ContainerPlan, console: Console | null): Promise<readonly Operation[]> {
  const { request, input } = creation;
  creation.reserve();
  if (request.notifySocket !== undefined) makeNotifyDirectory(creation.store);
  const place = await makeCgroup(creation);
  creation.inCgroup(place);
  const hooksInside = runsHooksInside(plan);
  if (hooksInside) attachDevices(creation, place);
  const resctrl = makeResctrl({ store: creation.store, spec: input.spec, host: input.host });
  const spawning = spawnInit(creation, plan, console, place.fd);
  const finish = async (): Promise<Child> => creation.bornAs(await finished(spawning, request.id));
  try {
    // While the kernel is still cloning, or while tsrun-init, which does not need the rules, works on another processor.
    if (!hooksInside) attachDevices(creation, place);
  } catch (error) {
    await endSpawning(finish, error);
  }
  await finish();
  creation.closeHanded();
  await bringUp({ creation, plan, operations: plan.operations, resctrl });
  return plan.operations;
}

/** If the clone failed, too, it comes first, because it started earlier. */
async function endSpawning(finish: () => Promise<Child>, error: unknown): Promise<never> {
  try {
    await finish();
  } catch (earlier) {
    throw await cleanUp(earlier, [() => Promise.reject(error)]);
  }
  throw error;
}

/** Whether programs of the configuration run in the container before it is created. They must find the device rules in force. */
function runsHooksInside({ operations }: ContainerPlan): boolean {
  const ready = operations.findIndex(({ op }) => op === 'ready');
  return operations.some(({ op }, index) => op === 'hook' && index < ready);
}

function attachDevices({ request, input: { spec, host } }: Creation, { fd, planned }: Place): void {
  // Only root of the host may load programs. A container without its rights has no device of its own making: those of the host are bound.
  if (planned !== null && !isRootless(request.rootless, host))
    attachDeviceRules({ cgroup: fd, rules: spec.linux?.resources?.devices, programs: request.cache?.programs });
}

function spawnInit({ request, input, alone, store, handed }: Creation, plan: ContainerPlan, console: Console | null, cgroup: Fd): Spawning {
  const fds = openDescriptors(plan, { container: store, console: console?.giver ?? -1, process: -1 }, handed);
  const stdio = [...openStreams(request.streams, handed), ...placedDescriptors(request.given)];
  return beginSpawn({ cloneFlags: plan.cloneFlags, cgroup, fds, stdio, preserve: input.preserve, here: alone }, plan.operations);
}

async function finished(spawning: Spawning, id: string): Promise<Child> {
  try {
    return await spawning();
  } catch (error) {
    // The kernel arbitrates between creations on one path: others may remove an empty cgroup until it has a process.
    const robbed = isSystemError(error, 'ENODEV', 'ENOENT') && error.call === 'clone3';
    throw fromSystem(error, {
      code: 'setup',
      phase: 'spawn',
      path: id,
      ...(robbed ? { hint: 'its cgroup was removed: another container is being created with the same /linux/cgroupsPath' } : {}),
    });
  }
}
