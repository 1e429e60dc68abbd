import { rlimitNumbers } from '../../spec/names/rlimits.js';
import type { Integer64 } from '../../json/integer64.js';
import type { Process } from '../../spec/types.js';
import type { NamespacePlan } from '../namespaces/index.js';
import type { Operation } from '../../protocol/operations.js';
import type { ContainerPlan } from '../types.js';

export interface LimitsRequest {
  readonly process: Process;
  readonly namespaces: NamespacePlan;
}

/** Sets resource limits and the OOM score: who does it, and when. */
export interface Limits {
  /** By tsrun-init, first of all, while it is still in the host's user namespace. */
  readonly early: readonly Operation[];
  /** By tsrun-init, after everything that opens files, maps memory or takes time, because the limits are for the program. */
  readonly late: readonly Operation[];
  readonly host: Pick<ContainerPlan, 'hostLimits' | 'hostOomScoreAdj'>;
}

/**
 * Raising a hard limit and lowering the OOM score need CAP_SYS_RESOURCE over the host (getrlimit(2), proc(5)). A container that is created
 * in a user namespace does not have it, so tsrun does it from outside. A container that enters a user namespace later does it before. The
 * limits themselves, which are then not above the hard ones, need no privileges.
 */
export function planLimits({ process, namespaces }: LimitsRequest): Limits {
  const byInit = { hostLimits: [], hostOomScoreAdj: null };
  const late = limitOperations(process);
  if (namespaces.user === 'host') return { early: scoreOperation(process), late, host: byInit };
  if (namespaces.birth === 0) return { early: [...scoreOperation(process), ...raiseOperations(process)], late, host: byInit };
  const hostLimits = limitsOf(process).map(({ resource, hard }) => ({ resource, hard }));
  return { early: [], late, host: { hostLimits, hostOomScoreAdj: process.oomScoreAdj ?? null } };
}

/** The limits of a process that enters a container. */
export function enteringLimits(process: Process, userNamespace: boolean): Pick<Limits, 'early' | 'late'> {
  return { early: [...scoreOperation(process), ...(userNamespace ? raiseOperations(process) : [])], late: limitOperations(process) };
}

function scoreOperation({ oomScoreAdj }: Process): readonly Operation[] {
  return oomScoreAdj === undefined ? [] : [{ op: 'oomScoreAdj', value: oomScoreAdj }];
}

function limitOperations(process: Process): readonly Operation[] {
  return limitsOf(process).map(({ resource, soft, hard, name }) => ({ op: 'rlimit', resource, soft, hard, raise: 0, name }));
}

function raiseOperations(process: Process): readonly Operation[] {
  return limitsOf(process).map(({ resource, soft, hard, name }) => ({ op: 'rlimit', resource, soft, hard, raise: 1, name }));
}

function limitsOf({ rlimits = [] }: Process): readonly { resource: number; soft: Integer64; hard: Integer64; name: string }[] {
  return rlimits.map(({ type, soft, hard }) => ({ resource: rlimitNumbers[type], soft, hard, name: type }));
}
