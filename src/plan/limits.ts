import { rlimitNumbers } from '../spec/names/rlimits.js';
import type { Integer64 } from '../json/integer64.js';
import type { Process } from '../spec/types.js';
import type { NamespacePlan } from './namespaces.js';
import type { Operation } from './operations.js';
import type { ContainerPlan } from './types.js';

export interface LimitsRequest {
  readonly process: Process;
  readonly namespaces: NamespacePlan;
}

/** Who sets resource limits and the OOM score, and when. */
export interface Limits {
  /** By tsrun-init, first of all: while it is still in the host's user namespace. */
  readonly early: readonly Operation[];
  /** By tsrun-init, when everything big is done. */
  readonly late: readonly Operation[];
  readonly host: Pick<ContainerPlan, 'hostLimits' | 'hostOomScoreAdj'>;
}

/**
 * Raising a hard limit and lowering the OOM score need CAP_SYS_RESOURCE over the host (getrlimit(2), proc(5)). A container that is born in a user namespace
 * does not have it: tsrun does it from outside. One that enters a user namespace later does it before.
 */
export function planLimits({ process, namespaces }: LimitsRequest): Limits {
  const byInit = { hostLimits: [], hostOomScoreAdj: null };
  if (namespaces.user === 'host') return { early: scoreOperation(process), late: limitOperations(process), host: byInit };
  if (namespaces.birth === 0) return { early: resourceOperations(process), late: [], host: byInit };
  const hostLimits = limitsOf(process).map(({ resource, soft, hard }) => ({ resource, soft, hard }));
  return { early: [], late: [], host: { hostLimits, hostOomScoreAdj: process.oomScoreAdj ?? null } };
}

/** Everything, at once, by a process that is in the host's user namespace. */
export function resourceOperations(process: Process): readonly Operation[] {
  return [...scoreOperation(process), ...limitOperations(process)];
}

function scoreOperation({ oomScoreAdj }: Process): readonly Operation[] {
  return oomScoreAdj === undefined ? [] : [{ op: 'oomScoreAdj', value: oomScoreAdj }];
}

function limitOperations(process: Process): readonly Operation[] {
  return limitsOf(process).map(({ resource, soft, hard, name }) => ({ op: 'rlimit', resource, soft, hard, name }));
}

function limitsOf({ rlimits = [] }: Process): readonly { resource: number; soft: Integer64; hard: Integer64; name: string }[] {
  return rlimits.map(({ type, soft, hard }) => ({ resource: rlimitNumbers[type], soft, hard, name: type }));
}
