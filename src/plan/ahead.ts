import { namespaceFlags } from '../spec/names/namespaces.js';
import { mountOption, type Operation, type OperationName } from './operations.js';
import type { ContainerPlan } from './types.js';

/** The beginning of a container's birth, which can be done before anybody asks for the container. */
export interface Ahead {
  /** CLONE_NEW* of the birth. */
  readonly cloneFlags: number;
  /** The first operations of the plan. */
  readonly operations: readonly Operation[];
  /** The same as text, to be compared. */
  readonly key: string;
}

/**
 * What nearly every container begins with. The mount namespace is not among it: it is a copy of the host's mounts, and one that is made before the container's
 * root file system was mounted would not have it (unless the host's mounts are shared).
 */
export const commonBeginning: Ahead = {
  cloneFlags: namespaceFlags.pid | namespaceFlags.network | namespaceFlags.ipc | namespaceFlags.uts,
  operations: [],
  key: '[]',
};

/**
 * Operations whose outcome is the same whichever container they are done for and whenever: they need neither a descriptor nor anything of the host but the
 * files that {@link sourcesOf} names. Whatever is not listed ends the beginning, so an operation that is added later is never done ahead unawares.
 */
const aheadOfTime: ReadonlySet<OperationName> = new Set<OperationName>([
  'oomScoreAdj',
  'unshare',
  'timeOffsets',
  'newSession',
  'hostname',
  'domainname',
  'loopbackUp',
  'personality',
  'rootPropagation',
  'rootfs',
  'overlay',
  'mount',
  'propagation',
  'device',
  'symlink',
  'pivotRoot',
  'moveRoot',
  'sysctl',
  'mask',
  'readonlyPath',
  'rootAttributes',
]);

/** As much of a plan as can be done ahead of it. */
export function beginningOf(plan: ContainerPlan): Ahead {
  const end = plan.operations.findIndex((operation) => !isAheadOfTime(operation));
  const operations = plan.operations.slice(0, Math.max(end, 0));
  return { cloneFlags: plan.cloneFlags, operations, key: JSON.stringify(operations) };
}

/**
 * What is left of a plan in a sandbox that has done `done` already; null where the container cannot come from there: it must have asked for exactly what was
 * done, in the same words.
 */
export function remainderOf(plan: ContainerPlan, done: Ahead): readonly Operation[] | null {
  if (plan.idMaps !== null || (done.cloneFlags & ~plan.cloneFlags) !== 0) return null;
  const missing = plan.cloneFlags & ~done.cloneFlags;
  if (missing !== 0 && (missing !== namespaceFlags.mount || done.operations.length > 0)) return null;
  if (!beginsWith(plan.operations, done)) return null;
  const rest = plan.operations.slice(done.operations.length);
  return missing === 0 ? rest : [{ op: 'unshare', namespaces: missing }, ...rest];
}

/** Operations of plans with common parts are the same objects, which is seen much faster than that they say the same. */
function beginsWith(operations: readonly Operation[], done: Ahead): boolean {
  if (done.operations.every((operation, index) => operation === operations[index])) return true;
  return JSON.stringify(operations.slice(0, done.operations.length)) === done.key;
}

/** The paths of the host that operations have taken as they were: where one of them is something else by now, the operations are out of date. */
export function sourcesOf(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((operation) => {
    if (operation.op === 'rootfs') return [String(operation.path)];
    if (operation.op === 'overlay') return operation.lowers as readonly string[];
    // A bind without a source changes one that is there.
    const binds = operation.op === 'mount' && (operation.options & mountOption.bind) !== 0 && operation.source !== '';
    return binds ? [String(operation.source)] : [];
  });
}

function isAheadOfTime(operation: Operation): boolean {
  if (!aheadOfTime.has(operation.op)) return false;
  if (operation.op === 'mount' || operation.op === 'rootfs') return operation.fd < 0;
  // An upper layer on disk can be used by one container at a time.
  return operation.op !== 'overlay' || operation.memory === 1;
}
