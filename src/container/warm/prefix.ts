import { namespaceFlags } from '../../spec/names/namespaces.js';
import { mayBeInPrefix } from './prefix_rules.js';
import { Covered, type Place } from './covered.js';
import { mountOption, type Operation, type OperationName } from '../../protocol/operations.js';
import type { ContainerPlan } from '../../plan/types.js';

/** The beginning of a container's creation, which can be done before anybody asks for the container. */
export interface Prefix {
  /** CLONE_NEW* flags of the clone. */
  readonly cloneFlags: number;
  /** The first operations of the plan. */
  readonly operations: readonly Operation[];
  /** The same operations as text, for comparison. */
  readonly key: string;
  /** How many operations of the plan decided where the beginning ends: no other one matters. */
  readonly decisive: number;
  /** Paths of the host whose files and mounts must be unchanged, or the operations are out of date. */
  readonly sources: readonly string[];
  /** Places in the container's root that must still be covered by what was mounted there. */
  readonly places: readonly Place[];
}

/**
 * What nearly every container begins with. A mount namespace is not included, because it is a copy of the host's mounts: one created before
 * the container's root file system was mounted would not contain it (unless the host's mounts are shared).
 */
export const commonBeginning: Prefix = {
  cloneFlags: namespaceFlags.pid | namespaceFlags.network | namespaceFlags.ipc | namespaceFlags.uts,
  operations: [],
  key: '[]',
  decisive: 0,
  sources: [],
  places: [],
};

/** As much of a plan as can be done ahead, with what must be compared before use. */
export function beginningOf(plan: ContainerPlan): Prefix {
  const covered = new Covered();
  const end = plan.operations.findIndex((operation) => {
    if (!mayBeInPrefix(operation, covered)) return true;
    follow(operation, covered);
    return false;
  });
  const operations = plan.operations.slice(0, Math.max(end, 0));
  const found = operations.some(({ op }) => op === 'pivotRoot') ? withMounts(plan, operations, covered) : withoutMounts(plan, operations);
  return { ...found, decisive: operations.length + 1 };
}

type Found = Omit<Prefix, 'decisive'>;

function withMounts({ cloneFlags }: ContainerPlan, operations: readonly Operation[], { places }: Covered): Found {
  return { cloneFlags, operations, key: JSON.stringify(operations), sources: sourcesOf(operations), places };
}

/**
 * A mount namespace that still has the host's mounts has them as they were, and later mounts would be taken from that copy. So it is
 * created later too.
 */
function withoutMounts({ cloneFlags }: ContainerPlan, prefix: readonly Operation[]): Found {
  const end = prefix.findIndex(({ op }) => needsMounts.has(op));
  const operations = end < 0 ? prefix : prefix.slice(0, end);
  return { cloneFlags: cloneFlags & ~namespaceFlags.mount, operations, key: JSON.stringify(operations), sources: [], places: [] };
}

const needsMounts: ReadonlySet<OperationName> = new Set<OperationName>([
  'ownMounts',
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
    ...((operation.options & mountOption.bind) === 0 ? {} : { source: String(operation.source) }),
  });
}

/** What operations have taken from the host. */
function sourcesOf(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((operation) => {
    if (operation.op === 'rootfs') return [String(operation.path)];
    return operation.op === 'mount' && (operation.options & mountOption.bind) !== 0 ? [String(operation.source)] : [];
  });
}

/**
 * Returns the part of a plan that remains in a slot that has done `done`. Returns null if the container cannot use the slot: its plan must
 * begin with exactly the same operations.
 */
export function remainderOf(plan: ContainerPlan, done: Prefix): readonly Operation[] | null {
  if (plan.idMaps !== null || (done.cloneFlags & ~plan.cloneFlags) !== 0) return null;
  const missing = plan.cloneFlags & ~done.cloneFlags;
  if (missing !== 0 && missing !== namespaceFlags.mount) return null;
  if (!beginsWith(plan.operations, done)) return null;
  const rest = plan.operations.slice(done.operations.length);
  return missing === 0 ? rest : [{ op: 'unshare', namespaces: missing }, ...rest];
}

/** Operations of plans with common parts are the same objects, and comparing identity is much faster than comparing content. */
function beginsWith(operations: readonly Operation[], done: Prefix): boolean {
  if (done.operations.every((operation, index) => operation === operations[index])) return true;
  return JSON.stringify(operations.slice(0, done.operations.length)) === done.key;
}
