import { namespaceFlags } from '../../spec/names/namespaces.js';
import { mayBeInPrefix } from './prefix_rules.js';
import { Covered, type Place } from './covered.js';
import { mountOption, type Operation, type OperationName } from '../../protocol/operations.js';
import type { ContainerPlan } from '../../plan/types.js';

/** The beginning of a container's birth, which can be done before anybody asks for the container. */
export interface Prefix {
  /** CLONE_NEW* of the birth. */
  readonly cloneFlags: number;
  /** The first operations of the plan. */
  readonly operations: readonly Operation[];
  /** The same as text, to be compared. */
  readonly key: string;
  /** Paths of the host whose files and mounts must be what they were, or the operations are out of date. */
  readonly sources: readonly string[];
  /** Places in the container's root that must still be covered by what was mounted there. */
  readonly places: readonly Place[];
}

/**
 * What nearly every container begins with. The mount namespace is not among it: it is a copy of the host's mounts, and one that is made before the container's
 * root file system was mounted would not have it (unless the host's mounts are shared).
 */
export const commonBeginning: Prefix = {
  cloneFlags: namespaceFlags.pid | namespaceFlags.network | namespaceFlags.ipc | namespaceFlags.uts,
  operations: [],
  key: '[]',
  sources: [],
  places: [],
};

/** As much of a plan as can be done ahead of it, with what has to be compared when it is used. */
export function beginningOf(plan: ContainerPlan): Prefix {
  const covered = new Covered();
  const end = plan.operations.findIndex((operation) => {
    if (!mayBeInPrefix(operation, covered)) return true;
    follow(operation, covered);
    return false;
  });
  const operations = plan.operations.slice(0, Math.max(end, 0));
  return operations.some(({ op }) => op === 'pivotRoot') ? withMounts(plan, operations, covered) : withoutMounts(plan, operations);
}

function withMounts({ cloneFlags }: ContainerPlan, operations: readonly Operation[], { places }: Covered): Prefix {
  return { cloneFlags, operations, key: JSON.stringify(operations), sources: sourcesOf(operations), places };
}

/** A mount namespace that still holds the host's mounts holds them as they were: what is mounted later would be taken from there. So it is made later, too. */
function withoutMounts({ cloneFlags }: ContainerPlan, prefix: readonly Operation[]): Prefix {
  const end = prefix.findIndex(({ op }) => needsMounts.has(op));
  const operations = end < 0 ? prefix : prefix.slice(0, end);
  return { cloneFlags: cloneFlags & ~namespaceFlags.mount, operations, key: JSON.stringify(operations), sources: [], places: [] };
}

const needsMounts: ReadonlySet<OperationName> = new Set<OperationName>([
  'rootPropagation',
  'rootfs',
  'mount',
  'device',
  'symlink',
  'pivotRoot',
  'sysctl',
]);

function follow(operation: Operation, covered: Covered): void {
  if (operation.op === 'rootfs') covered.root(String(operation.path));
  if (operation.op === 'symlink') covered.link(String(operation.path));
  if (operation.op !== 'mount') return;
  covered.mount({
    destination: String(operation.destination),
    tmpfs: operation.type === 'tmpfs' && (operation.options & mountOption.bind) === 0,
    symlinks: (operation.options & mountOption.noSymlinks) === 0,
  });
}

/** What operations have taken from the host as it was. */
function sourcesOf(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((operation) => {
    if (operation.op === 'rootfs') return [String(operation.path)];
    return operation.op === 'mount' && (operation.options & mountOption.bind) !== 0 ? [String(operation.source)] : [];
  });
}

/**
 * What is left of a plan in a slot that has done `done` already; null where the container cannot come from there: it must have asked for exactly what was
 * done, in the same words.
 */
export function remainderOf(plan: ContainerPlan, done: Prefix): readonly Operation[] | null {
  if (plan.idMaps !== null || (done.cloneFlags & ~plan.cloneFlags) !== 0) return null;
  const missing = plan.cloneFlags & ~done.cloneFlags;
  if (missing !== 0 && missing !== namespaceFlags.mount) return null;
  if (!beginsWith(plan.operations, done)) return null;
  const rest = plan.operations.slice(done.operations.length);
  return missing === 0 ? rest : [{ op: 'unshare', namespaces: missing }, ...rest];
}

/** Operations of plans with common parts are the same objects, which is seen much faster than that they say the same. */
function beginsWith(operations: readonly Operation[], done: Prefix): boolean {
  if (done.operations.every((operation, index) => operation === operations[index])) return true;
  return JSON.stringify(operations.slice(0, done.operations.length)) === done.key;
}
