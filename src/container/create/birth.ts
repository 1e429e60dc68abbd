import { createCgroup } from '../../cgroup/create.js';
import { planCgroup, type PlannedCgroup } from '../../cgroup/plan.js';
import { attachDeviceRules } from '../../cgroup/devices/attach.js';
import { cleanUp } from '../../errors/clean_up.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { bootIdFor } from '../../host/boot.js';
import { processStartTime } from '../../host/process.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd, InitMessage, Spawned } from '../../sys/contract.js';
import { buildCreatePlan } from '../../plan/build.js';
import { encodedPlan } from '../../init/encoded_plan.js';
import { syncPoint, type Operation } from '../../protocol/operations.js';
import type { ContainerPlan, CreateInput } from '../../plan/types.js';
import type { ContainerRecord } from '../../state/record.js';
import { writeCleanupRecord } from '../../state/cleanup_record.js';
import { closeStore, takeStore, writeRecord, type Store } from '../../state/store.js';
import { killAndReap } from '../../init/reap.js';
import { openConsole, takeMaster, type Console } from './console.js';
import { openDescriptors } from '../../init/descriptors.js';
import { destroyContainer, warnOf } from '../destroy.js';
import { openMountSource } from '../../init/mount_source.js';
import { openStreams } from '../../init/streams.js';
import { follow } from '../../init/handshake.js';
import { runHooks } from '../hooks.js';
import { throwIfInterrupted } from '../interruption.js';
import { compareIdMaps, writeIdMaps } from './id_maps.js';
import { moveNetDevices } from './net_devices.js';
import { makeNotifyDirectory } from './notify.js';
import type { CreateOptions } from '../options.js';
import { prepare, type Prepared } from './prepare.js';
import { enterResctrl, makeResctrl } from '../resctrl.js';
import type { Offer } from '../warm/slot.js';
import { beginSpawn, type Spawning } from '../../init/spawn.js';
import { hookState } from '../state/document.js';
import { adoptSibling } from '../../init/adopt_sibling.js';

/** A container whose init waits to be started. `store`, which is locked, `pidfd`, `socket` and `master` belong to the caller. */
export interface CreatedInit {
  readonly store: Store;
  readonly record: ContainerRecord;
  /** What its init was given to carry out. */
  readonly operations: readonly Operation[];
  readonly pidfd: Fd;
  /** tsrun-init's socket: it waits for a reply here unless it listens for `start`. */
  readonly socket: Fd;
  /** The terminal's master where the container's terminal is ours; else -1. */
  readonly master: Fd;
}

export interface CreateInitOptions extends CreateOptions {
  /** Whether tsrun goes away before the container is started, or ends (create; run --detach). */
  readonly detached: boolean;
  /** Whether init waits for `tsrun start` (create) or for us (run). */
  readonly waitsOnListener: boolean;
  /** Whether this program creates no other container at this moment: then this one is cloned without another thread. */
  readonly alone: boolean;
}

/** Everything up to the point where the container is created. On failure nothing is left of it. */
export async function createInit(options: CreateInitOptions): Promise<CreatedInit> {
  const opened: Fd[] = [];
  const handed: Fd[] = [];
  const prepared = prepare(options);
  const { input, spec } = prepared;
  let store: Store | null = null;
  let record = newRecord(options, prepared);
  let spawned: Spawned | null = null;
  try {
    const console = openConsole(
      { terminal: spec.process.terminal === true, detached: options.detached, consoleSocket: options.consoleSocket },
      opened,
    );
    const build = (of: CreateInput): ContainerPlan => (options.cache === undefined ? buildCreatePlan(of) : options.cache.plans.build(of));
    const offer = options.slots?.match(input, build) ?? null;
    const plan = offer?.plan ?? build(input);
    store = takeStore(options);
    const boot = bootOf(store);
    record = { ...record, ...boot };
    spawned = offer?.take() ?? null;
    if (options.notifySocket !== undefined) makeNotifyDirectory(store);
    const place = offer === null ? await placeInCgroup({ store, boot, prepared, handed }) : takeCgroup(store, offer, boot);
    if (place.planned !== null) {
      record = { ...record, cgroup: place.planned.directory, cgroupInode: place.inode, cgroupParents: place.planned.parents };
      offer?.adaptCgroup();
    }
    const attach = (): void => {
      if (offer !== null || place.planned === null) return;
      attachDeviceRules({ cgroup: place.fd, rules: spec.linux?.resources?.devices, programs: options.cache?.programs });
    };
    if (runsHooksInside(plan)) attach();
    const resctrl = makeResctrl({ store, spec, host: input.host });
    const birth: Birth = { options, store, prepared, plan, operations: offer?.rest ?? plan.operations, record, console, cgroup: place.fd, handed };
    if (spawned === null) {
      const spawning = spawnInit(birth);
      const finish = async (): Promise<Spawned> => (spawned = await finished(spawning, options.id));
      try {
        // While the kernel is still cloning, or tsrun-init, which needs no rules, is at work on another processor.
        if (!runsHooksInside(plan)) attach();
      } catch (error) {
        throw await cleanUp(error, [finish]);
      }
      spawned = await finish();
    } else {
      sendRest(birth, spawned);
    }
    closeAll(handed);
    const early = isBornAsItIs(plan);
    if (early) record = writeBorn(store, record, spawned.pid);
    await finishOnHost({ ...birth, fromSlot: offer !== null }, { living: () => spawned as Spawned, replace: (sibling) => (spawned = sibling) });
    enterResctrl(resctrl, spawned.pid);
    if (!early) record = writeBorn(store, record, spawned.pid);
    const master = takeMaster(console);
    throwIfInterrupted();
    return { store, record, operations: birth.operations, pidfd: spawned.pidfd, socket: spawned.socket, master };
  } catch (error) {
    // First, since removing needs descriptors, of which there may be no more (EMFILE).
    closeAll(handed);
    closeAll(opened);
    const [born, taken] = [spawned, store];
    throw await cleanUp(error, [
      ...(born === null ? [] : [() => killAndReap(born)]),
      ...(taken === null ? [] : [async () => { warnOf(options, await destroyContainer({ store: taken, record })); }, () => { closeStore(taken); }]),
    ]);
  } finally {
    closeAll(opened);
  }
}

/** Whether programs of the configuration run in the container before it is created: they must find the device rules in force. */
function runsHooksInside({ operations }: ContainerPlan): boolean {
  const ready = operations.findIndex(({ op }) => op === 'ready');
  return operations.some(({ op }, index) => op === 'hook' && index < ready);
}

/** Whether the process that was spawned is the container's, and nobody has to see the state `creating`: then its record can be written while it is brought up. */
function isBornAsItIs({ operations }: ContainerPlan): boolean {
  return !operations.some((operation) => operation.op === 'respawn' || (operation.op === 'sync' && operation.point === syncPoint.hooks));
}

type Boot = Pick<ContainerRecord, 'bootId'>;

function bootOf({ directory }: Store): Boot {
  const bootId = bootIdFor(directory);
  return bootId === undefined ? {} : { bootId };
}

function writeBorn(store: Store, record: ContainerRecord, pid: number): ContainerRecord {
  const born = { ...record, pid, startTime: processStartTime(pid) };
  writeRecord({ store, record: born });
  return born;
}

function closeAll(opened: Fd[]): void {
  for (const fd of opened.splice(0)) sys().close({ fd });
}

interface Placement {
  readonly store: Store;
  readonly boot: Boot;
  readonly prepared: Prepared;
  readonly handed: Fd[];
}

/** A container's place in the hierarchy. */
interface Place {
  /** -1 where the host has no hierarchy. */
  readonly fd: Fd;
  readonly planned: PlannedCgroup | null;
  readonly inode: number;
}

/**
 * Makes the container's cgroup. What is going to be made is written down first, with what it is going to be claimed with, so that after a kill -9 at any moment `delete --force` knows what
 * to remove, and what is somebody else's.
 */
async function placeInCgroup({ store, boot, prepared: { input, spec, created }, handed }: Placement): Promise<Place> {
  if (input.cgroupPath === null) return { fd: -1, planned: null, inode: 0 };
  const planned = planCgroup({ host: input.host, path: input.cgroupPath });
  const claim = `${created} ${input.id}`;
  writeCleanupRecord({ store, cleanup: { cgroup: planned.directory, parents: planned.parents, claim, ...boot } });
  const { fd, inode } = await createCgroup({ planned, resources: spec.linux?.resources, claim });
  handed.push(fd);
  return { fd, planned, inode };
}

/** The slot's cgroup has its process already. */
function takeCgroup(store: Store, { cgroup }: Offer, boot: Boot): Place {
  if (cgroup === null) return { fd: -1, planned: null, inode: 0 };
  const { directory, parents, inode } = cgroup;
  writeCleanupRecord({ store, cleanup: { cgroup: directory, cgroupInode: inode, parents, ...boot } });
  return { fd: -1, planned: cgroup, inode };
}

function newRecord(options: CreateInitOptions, prepared: Prepared): ContainerRecord {
  const { input, spec } = prepared;
  return {
    version: 1,
    ociVersion: spec.ociVersion,
    id: options.id,
    pid: 0,
    startTime: 0,
    bundle: input.bundle,
    rootfs: input.rootfs,
    created: prepared.created,
    owner: prepared.owner,
    cgroup: null,
    cgroupParents: [],
    noNewKeyring: input.noNewKeyring,
    spec,
  };
}

interface Birth {
  readonly options: CreateInitOptions;
  readonly store: Store;
  readonly prepared: Prepared;
  readonly plan: ContainerPlan;
  /** Those of the plan that are left to the process which is brought up. */
  readonly operations: readonly Operation[];
  readonly record: ContainerRecord;
  readonly console: Console | null;
  readonly cgroup: Fd;
  /** What is closed here when the child has its own. */
  readonly handed: Fd[];
}

function spawnInit(o: Birth): Spawning {
  const fds = openHanded(o);
  const stdio = openStreams(o.options.streams, o.handed);
  return beginSpawn({ cloneFlags: o.plan.cloneFlags, cgroup: o.cgroup, fds, stdio, preserve: o.prepared.input.preserve, here: o.options.alone }, o.operations);
}

async function finished(spawning: Spawning, id: string): Promise<Spawned> {
  try {
    return await spawning();
  } catch (error) {
    // The kernel decides between creations on one path: an empty cgroup may be removed until it has a process.
    const robbed = isSystemError(error, 'ENODEV');
    throw fromSystem(error, { code: 'setup', phase: 'spawn', operation: 'clone3', path: id, ...(robbed ? { hint: 'its cgroup was removed: another container is created on the same /linux/cgroupsPath' } : {}) });
  }
}

/** What a slot needs to become the container. */
function sendRest(o: Birth, { socket }: Spawned): void {
  const fds = openHanded(o);
  const stdio = openStreams(o.options.streams, o.handed);
  try {
    sys().sendPlan({ socket, plan: encodedPlan(o.operations), fds, stdio });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'spawn', operation: 'send plan', path: o.options.id });
  }
}

function openHanded({ plan, store, console, handed }: Birth): readonly Fd[] {
  return openDescriptors(plan, { container: store, console: console?.giver ?? -1, process: -1 }, handed);
}

/** The process that is being brought up; it may respawn itself as a sibling. */
interface Child {
  readonly living: () => Spawned;
  readonly replace: (sibling: Spawned) => void;
}

/** Does the host's part at each point where tsrun-init waits, until it is ready. */
async function finishOnHost(birth: Birth & { readonly fromSlot: boolean }, child: Child): Promise<void> {
  const socket = child.living().socket;
  const onMountSource = (message: InitMessage): Fd =>
    openMountSource({ message, operations: birth.operations, mountIdmaps: birth.plan.mountIdmaps, init: child.living() });
  const onSync = async (message: InitMessage): Promise<void> => {
    if (message.value === syncPoint.idMaps && birth.plan.idMaps === null) compareIdMaps(birth.prepared.spec, child.living().pid);
    else if (message.value === syncPoint.idMaps) writeIdMaps(birth.plan, child.living().pid);
    else if (message.value === syncPoint.namespaces) moveNetDevices(birth.prepared.spec.linux?.netDevices, child.living().pid);
    else if (message.value === syncPoint.hooks) await runHostHooks(birth, child.living().pid);
  };
  const onRespawned = (pid: number): (() => Promise<void>) => adoptSibling({ first: child.living(), pid, replace: child.replace });
  const succession = { first: child.living().pid, onRespawned };
  const silence = birth.fromSlot ? { silence: { milliseconds: timeoutMs, check: () => refuseUnheard(socket) } } : {};
  const end = await follow({ socket, operations: birth.operations, phase: 'setup', onSync, onMountSource, succession, ...silence });
  if (end === 'ready') return;
  throw new RuntimeError('create container: its init process ended before it was ready', {
    code: 'setup',
    phase: 'setup',
    operation: 'tsrun-init',
    hint: 'it may have been killed for want of memory: look at the memory limit of the container and at the kernel log',
  });
}

/** Milliseconds after which a slot must have read what it was sent. */
const timeoutMs = 5_000;

/** A slot that somebody stopped, or froze, does not even read its plan; one that has read it may take its time, for a hook perhaps. */
function refuseUnheard(socket: Fd): void {
  if (!sys().hasUnread({ socket })) return;
  throw new RuntimeError('create container: its warm slot does not answer', {
    code: 'setup',
    phase: 'setup',
    operation: 'tsrun-init',
    hint: 'something has stopped or frozen the process of the slot (SIGSTOP, cgroup.freeze, a debugger)',
  });
}

/** The hooks of the host's namespaces, in the order of the specification: prestart, then createRuntime. They may ask for the state. */
async function runHostHooks({ store, prepared, record }: Birth, pid: number): Promise<void> {
  const hooks = prepared.spec.hooks;
  writeRecord({ store, record });
  const state = hookState({ record, status: 'creating', pid });
  await runHooks({ kind: 'prestart', hooks: hooks?.prestart, state });
  await runHooks({ kind: 'createRuntime', hooks: hooks?.createRuntime, state });
}
