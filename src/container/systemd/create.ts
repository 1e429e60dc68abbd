import { adoptCgroup, limitAdopted } from '../../cgroup/adopt.js';
import { attachDeviceRules } from '../../cgroup/devices/attach.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { isRootless } from '../../host/facts.js';
import { openDescriptors } from '../../init/descriptors.js';
import { sendFirstPlan, spawnWaiting } from '../../init/spawn.js';
import { openStreams } from '../../init/streams.js';
import type { ContainerPlan, CreateInput } from '../../plan/types.js';
import type { Operation } from '../../protocol/operations.js';
import { honouredAnnotations } from '../../spec/annotations.js';
import { writeCleanupRecord } from '../../state/cleanup_record.js';
import { sys } from '../../sys/call.js';
import { askedProperties } from '../../systemd/properties/asked.js';
import type { Property } from '../../systemd/properties/property.js';
import { startScope, type Scope } from '../../systemd/scope.js';
import type { BusKind } from '../../systemd/bus/address.js';
import { scopeName, scopePath, type ScopeName } from '../../systemd/unit_name.js';
import type { Console } from '../create/console.js';
import type { Creation } from '../create/creation.js';
import { bringUp } from '../create/host_part/index.js';
import { makeNotifyDirectory } from '../create/notify.js';
import { makeResctrl } from '../resctrl.js';
import { scopeOf, unitProperties } from './unit.js';

/**
 * Creates the container in a scope of systemd; returns the operations that its tsrun-init received. systemd needs a process to make a scope
 * and moves it there: this is tsrun-init, which waits for its plan and gets it when every limit is in force.
 */
export async function createInScope(creation: Creation, plan: ContainerPlan, console: Console | null): Promise<readonly Operation[]> {
  const { request, input } = creation;
  const { spec, host } = input;
  const scope = scopeFor(creation);
  creation.reserve();
  if (request.notifySocket !== undefined) makeNotifyDirectory(creation.store);
  creation.bornAs(await clone(creation, plan, console));
  const { pid, socket } = creation.init;
  const place = await enterScope(creation, scope, pid);
  // Only root of the host may (decision 0026).
  if (!isRootless(request.rootless, host))
    attachDeviceRules({ cgroup: place.fd, rules: spec.linux?.resources?.devices, programs: request.cache?.programs });
  const resctrl = makeResctrl({ store: creation.store, spec, host });
  sendFirstPlan(socket, plan.operations);
  creation.closeHanded();
  await bringUp({ creation, plan, operations: plan.operations, resctrl });
  return plan.operations;
}

/** The scope that a container gets. */
export interface NewScope {
  readonly bus: BusKind;
  readonly name: ScopeName;
  readonly properties: readonly Property[];
}

/** The scope of a container that is being created. Fails if the caller does not allow what its annotations ask for. */
export function scopeFor({ request, input }: Creation): NewScope {
  const { spec } = input;
  const { bus, name } = nameOf(input);
  const asked = honouredAnnotations('org.systemd.property.', { annotations: spec.annotations, allowed: request.allowAnnotations });
  return { bus, name, properties: [...unitProperties(spec.linux?.resources, bus), ...askedProperties(asked)] };
}

/** Has systemd make the scope with a process in it, and sets the other limits. The cgroup is closed with the creation. */
export async function enterScope(
  creation: Creation,
  { bus, name, properties }: NewScope,
  pid: number,
): Promise<ReturnType<typeof adoptCgroup>> {
  const claim = claimOf(creation);
  const scope = scopeOf({ systemdUnit: name.unit, systemdBus: bus, claim }) as Scope;
  const record = (): void => {
    creation.inUnit({ systemdUnit: name.unit, systemdBus: bus });
    writeCleanupRecord({ store: creation.store, cleanup: { cgroup: null, parents: [], claim, ...marks(creation) } });
  };
  await startScope({ ...scope, ...name, pid, properties, record });
  const place = adoptCgroup({ mount: mountOf(creation), directory: cgroupOfProcess(creation, pid, name.unit) });
  creation.opened.push(place.fd);
  creation.inCgroup({ fd: place.fd, planned: place, inode: place.inode });
  const { directory: cgroup, inode: cgroupInode } = place;
  writeCleanupRecord({ store: creation.store, cleanup: { cgroup, cgroupInode, parents: [], claim, ...marks(creation) } });
  limitAdopted(place, creation.input.spec.linux?.resources);
  return place;
}

/** The input of the plan, with the cgroup that systemd will make; that of a user's systemd is known only later. */
export function inScope(input: CreateInput): CreateInput {
  const { bus, name } = nameOf(input);
  return { ...input, cgroupPath: bus === 'system' ? scopePath(name) : null };
}

/** The system's systemd would refuse a user, and root of a user namespace, as in rootless Podman: for them it is that of the user. */
function nameOf({ id, spec, host }: CreateInput): { readonly bus: BusKind; readonly name: ScopeName } {
  const bus = host.inUserNamespace || host.euid !== 0 ? 'user' : 'system';
  return { bus, name: scopeName({ id, cgroupsPath: spec.linux?.cgroupsPath, bus }) };
}

async function clone(
  { request, input, store, handed }: Creation,
  plan: ContainerPlan,
  console: Console | null,
): ReturnType<typeof spawnWaiting> {
  const fds = openDescriptors(plan, { container: store, console: console?.giver ?? -1, process: -1 }, handed);
  const stdio = openStreams(request.streams, handed);
  try {
    return await spawnWaiting({ cloneFlags: plan.cloneFlags, cgroup: -1, fds, stdio, preserve: input.preserve }, plan.operations);
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'spawn', path: request.id });
  }
}

/** As in create/place.ts: no other creation has the same. */
function claimOf({ record }: Creation): string {
  return `${record.created} ${record.id}`;
}

function marks({ record: { bootId, systemdUnit, systemdBus } }: Creation): object {
  return { ...(bootId === undefined ? {} : { bootId }), systemdUnit, systemdBus };
}

function mountOf({ input: { host } }: Creation): string {
  if (host.cgroupMount !== null) return host.cgroupMount;
  throw new RuntimeError('systemd cgroup driver: no cgroup v2 hierarchy is mounted', {
    code: 'unsupported',
    phase: 'cgroup',
    operation: 'systemd',
    hint: 'boot with systemd.unified_cgroup_hierarchy=1',
  });
}

/** Where systemd has put the process: the line of the unified hierarchy, `0::/path` (cgroups(7)). */
function cgroupOfProcess(creation: Creation, pid: number, unit: string): string {
  const path = `/proc/${pid}/cgroup`;
  let text: string;
  try {
    text = sys().readText({ path, limit: 65_536 });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'read', path });
  }
  const own = text
    .split('\n')
    .find((line) => line.startsWith('0::/'))
    ?.slice('0::'.length);
  if (own?.endsWith(`/${unit}`) === true && !own.startsWith('/../')) return `${creation.input.host.cgroupMount ?? ''}${own}`;
  throw new RuntimeError(`systemd cgroup driver: process ${pid} is in "${own ?? 'no cgroup of version 2'}", not in unit "${unit}"`, {
    code: 'setup',
    phase: 'cgroup',
    operation: 'systemd',
    path: unit,
    hint: 'tsrun must see the same cgroup hierarchy as systemd: see /proc/self/cgroup',
  });
}
