import { planCgroup, type PlannedCgroup } from '../../cgroup/plan.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { MountTable } from '../../host/mounts/table.js';
import { inherited } from '../../host/inherited.js';
import type { Child } from '../../init/child.js';
import { beginningOf, commonBeginning, type Prefix } from './prefix.js';
import type { ContainerPlan, CreateInput } from '../../plan/types.js';
import type { Operation } from '../../protocol/operations.js';
import { hasNamespace, namespacePath } from '../../spec/namespaces.js';
import { spawnReaper, type Reaper } from './reaper.js';
import type { ProcessCache } from '../../cache/process.js';
import type { CreationRequest } from '../options.js';
import { prepare } from '../create/prepare.js';
import { makeSlot, type WarmSlot } from './slot.js';
import { Sources } from './sources.js';

/** What the containers that slots are made for will be like; null means any. */
export type Template = Pick<
  CreationRequest,
  'bundle' | 'configFile' | 'configText' | 'lowers' | 'overlay' | 'allowAnnotations' | 'noPivot' | 'noNewKeyring'
> | null;

export interface Prewarm {
  /** The state root. */
  readonly root: string;
  /** Unique among the pools of this machine; a file name. */
  readonly name: string;
  readonly template: Template;
  /** The cache of the program's creations, so that it sees immediately that they begin alike. */
  readonly cache: ProcessCache;
}

/** Makes slots of one kind. */
export interface SlotMaker {
  make(): Promise<WarmSlot>;
  /** Whether its bundle now asks for another beginning. Throws if the bundle cannot be read. */
  isOutdated(slot: WarmSlot): boolean;
  /** Whether a container is of the bundle that the slots are for; all are if there is none. */
  isFor(input: CreateInput): boolean;
  /** Closes what making slots needs. */
  close(): void;
  /** Removes what is left after we end; null if the host has no cgroup hierarchy, because then nothing can be left. */
  readonly reaper: Child | null;
}

/** No container id contains it, so a pool's cgroup never is a container's. */
const prefix = '@warm-';

/** The rules that nearly every container has: only the default devices. */
const commonDevices = [{ allow: false, access: 'rwm' }] as const;

/**
 * Prepares to make slots: reads the template, and starts the reaper of the cgroup that will contain them.
 * @throws RuntimeError if no container of the template could ever use a slot
 */
export async function openSlots({ root, name, template, cache }: Prewarm): Promise<SlotMaker> {
  const host = cache.readHost();
  if (host.euid !== 0) throw needsRoot();
  const read = (): CreateInput | null => (template === null ? null : templateInput(root, template, cache));
  const first = read();
  // Configurations without a bundle of their own are all of the same directory.
  const rootfs = template?.configText === undefined ? undefined : first?.rootfs;
  const directory = `/tsrun/${prefix}${name}`;
  const place = host.cgroupMount === null ? null : planCgroup({ host, path: `${directory}/0` });
  const table = new MountTable();
  let reaper: Child | null;
  try {
    reaper = place === null ? null : await spawnReaper(reaperOf(place));
  } catch (error) {
    table.close();
    throw error;
  }
  let count = 0;
  // Read again each time, because the bundle and the host may have changed, but once for those that are made at once.
  const forAll = ofTurn(() => ({ input: read(), inherited: inherited(), sourcesOf: sourcesOfTurn(table) }));
  let last: Beginning | undefined;
  const prefixOf = (input: CreateInput | null, cgroupPath: string | null): Prefix =>
    (last = beginningFor(input, cgroupPath, { cache, last })).prefix;
  const make = (): Promise<WarmSlot> => {
    const { input, sourcesOf, ...taken } = forAll();
    const cgroupPath = place === null ? null : `${directory}/${++count}`;
    const cgroup = place === null ? null : { ...place, directory: `${place.mount}${cgroupPath ?? ''}` };
    const devices = input === null ? commonDevices : input.spec.linux?.resources?.devices;
    const prefix = prefixOf(input, cgroupPath);
    return makeSlot({ cgroupPath, cgroup, prefix, devices, programs: cache.programs, ...taken, sources: sourcesOf(prefix.sources) });
  };
  return {
    make,
    isFor: (input) => first === null || (input.bundle === first.bundle && (rootfs === undefined || input.rootfs === rootfs)),
    isOutdated: (slot) => prefixOf(read(), slot.cgroupPath).key !== slot.prefix.key,
    close: () => table.close(),
    reaper,
  };
}

/** Keeps a result until the code that runs now has ended. */
function ofTurn<T>(read: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    if (known === undefined) {
      known = { value: read() };
      void Promise.resolve().then(() => (known = undefined));
    }
    return known.value;
  };
}

/** Slots that are made at once and take the same from the host share what is known of it. */
function sourcesOfTurn(table: MountTable): (paths: readonly string[]) => Sources {
  const known = new Map<string, Sources>();
  return (paths) => {
    const key = paths.join('\0');
    const found = known.get(key) ?? new Sources({ paths, table });
    known.set(key, found);
    return found;
  };
}

function templateInput(root: string, template: NonNullable<Template>, cache: ProcessCache): CreateInput {
  const input = prepare({ ...template, root, cache, id: 'template', until: 'created', given: { listen: [], others: [] } });
  const { cgroupsPath } = input.spec.linux ?? {};
  if ((cgroupsPath ?? '') !== '') throw unfit('it names a cgroup', '/linux/cgroupsPath');
  if (hasNamespace(input.spec, 'user')) throw unfit('it asks for a user namespace', '/linux/namespaces');
  if (namespacePath(input.spec, 'pid') !== undefined) throw unfit('it joins a pid namespace', '/linux/namespaces');
  return input;
}

/** Each container of another user has a user namespace, and a slot has none. */
function needsRoot(): RuntimeError {
  return new RuntimeError('prewarm: warm slots need root', {
    code: 'unsupported',
    phase: 'command',
    operation: 'prewarm',
    hint: 'containers of a user who is not root have a user namespace, which a slot cannot have: create them without prewarm',
  });
}

function unfit(reason: string, path: string): RuntimeError {
  return new RuntimeError(`prewarm: no container of this bundle could use a warm slot: ${reason}`, {
    code: 'unsupported',
    phase: 'plan',
    path,
  });
}

/** What slots begin with, and the plan that it was made from; null if there is none. */
interface Beginning {
  readonly plan: ContainerPlan | null;
  readonly prefix: Prefix;
}

interface Known {
  readonly cache: ProcessCache;
  readonly last: Beginning | undefined;
}

/**
 * Some plans contain the cgroup: those that bind it into the container. Plans of one configuration consist of the same objects, so that it
 * is usually seen at once that the beginning is that of the slot before.
 */
function beginningFor(input: CreateInput | null, cgroupPath: string | null, { cache, last }: Known): Beginning {
  if (input === null) return { plan: null, prefix: commonBeginning };
  const plan = cache.plans.build({ ...input, cgroupPath });
  if (last !== undefined && decidesAlike(plan, last)) return last;
  return { plan, prefix: beginningOf(plan) };
}

function decidesAlike({ cloneFlags, operations }: ContainerPlan, { plan, prefix }: Beginning): boolean {
  if (plan === null || cloneFlags !== plan.cloneFlags) return false;
  const isSame = (operation: Operation, index: number): boolean => {
    const other = plan.operations[index];
    return operation === other || JSON.stringify(operation) === JSON.stringify(other);
  };
  return operations.slice(0, prefix.decisive).every(isSame);
}

/** The last of the missing directories is the pool's own. */
function reaperOf({ mount, parents }: PlannedCgroup): Reaper {
  return { mount, directory: parents[parents.length - 1] as string, parents: parents.slice(0, -1) };
}
