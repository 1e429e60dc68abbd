import { fromSystem } from '../errors/from_system.js';
import { door } from '../native/call.js';
import type { ContainerPlan } from '../plan/types.js';

/**
 * The host's part of a new user namespace: the id maps, and the limits and the OOM score that a user namespace may not raise or lower by itself
 * (user_namespaces(7), getrlimit(2), proc(5)).
 */
export function writeIdMaps(plan: ContainerPlan, pid: number): void {
  if (plan.idMaps !== null) {
    writeMap(`/proc/${pid}/uid_map`, plan.idMaps.uidMap);
    writeMap(`/proc/${pid}/gid_map`, plan.idMaps.gidMap);
  }
  for (const limit of plan.hostLimits) {
    try {
      door().raiseLimit({ pid, resource: limit.resource, hard: String(limit.hard) });
    } catch (error) {
      throw fromSystem(error, {
        code: 'setup',
        phase: 'setup',
        operation: 'set rlimit',
        path: `${limit.resource}`,
        hint: 'raising a hard limit needs CAP_SYS_RESOURCE; lower the limit in /process/rlimits or raise that of the caller',
      });
    }
  }
  if (plan.hostOomScoreAdj !== null) {
    writeFile(`/proc/${pid}/oom_score_adj`, String(plan.hostOomScoreAdj), 'lowering the score needs CAP_SYS_RESOURCE');
  }
}

function writeMap(path: string, map: string): void {
  writeFile(path, map, 'the kernel takes at most 340 lines that do not overlap, and only ids that the caller itself has');
}

function writeFile(path: string, text: string, hint: string): void {
  try {
    door().writeFile({ path, text, flags: 0 });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'write', path, hint });
  }
}
