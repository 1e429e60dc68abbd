import { fromSystem } from '../../../errors/from_system.js';
import { RuntimeError } from '../../../errors/runtime_error.js';
import { sys } from '../../../sys/call.js';
import type { IdMapping, ValidSpec } from '../../../spec/types.js';
import type { ContainerPlan } from '../../../plan/types.js';
import type { HostFacts } from '../../../host/facts.js';
import { runMapProgram } from '../../rootless/map_program.js';

/**
 * The host's part of a new user namespace: the id maps, and the limits and the OOM score that a process in a user namespace may not raise
 * or lower itself (user_namespaces(7), getrlimit(2), proc(5)).
 */
export async function writeIdMaps(plan: ContainerPlan, pid: number, host: Pick<HostFacts, 'euid'>): Promise<void> {
  if (plan.idMaps !== null && host.euid !== 0) await writeMapsOfUser(plan.idMaps, pid);
  else if (plan.idMaps !== null) {
    writeMap(`/proc/${pid}/uid_map`, plan.idMaps.uidMap);
    writeMap(`/proc/${pid}/gid_map`, plan.idMaps.gidMap);
  }
  for (const limit of plan.hostLimits) {
    try {
      sys().raiseLimit({ pid, resource: limit.resource, hard: String(limit.hard) });
    } catch (error) {
      throw fromSystem(error, {
        code: 'setup',
        phase: 'setup',
        operation: 'set rlimit',
        path: `${limit.resource}`,
        hint: "raising a hard limit needs CAP_SYS_RESOURCE; lower the limit in /process/rlimits, or raise the caller's limit",
      });
    }
  }
  if (plan.hostOomScoreAdj !== null) {
    writeFile(`/proc/${pid}/oom_score_adj`, String(plan.hostOomScoreAdj), 'lowering the score needs CAP_SYS_RESOURCE');
  }
}

/**
 * A user may map no more than the own ids, and only if the namespace can never change its groups (user_namespaces(7)); for everything else
 * there are programs with the rights.
 */
async function writeMapsOfUser({ uidMap, gidMap }: NonNullable<ContainerPlan['idMaps']>, pid: number): Promise<void> {
  const { euid, egid } = sys().ids();
  if (mapsOnly(uidMap, euid)) writeMap(`/proc/${pid}/uid_map`, uidMap);
  else await runMapProgram({ kind: 'uid', pid, map: uidMap });
  if (mapsOnly(gidMap, egid)) {
    writeFile(`/proc/${pid}/setgroups`, 'deny', 'see user_namespaces(7)');
    writeMap(`/proc/${pid}/gid_map`, gidMap);
  } else await runMapProgram({ kind: 'gid', pid, map: gidMap });
}

function mapsOnly(map: string, id: number): boolean {
  const [, outside, size, ...others] = map.trim().split(/\s+/).map(Number);
  return outside === id && size === 1 && others.length === 0;
}

/**
 * Compares the maps of a joined user namespace with those of the configuration, which decide the owners of files, mounts and devices.
 * @throws RuntimeError `invalid-config` if they differ.
 */
export function compareIdMaps({ linux }: ValidSpec, pid: number): void {
  compareMap(`/proc/${pid}/uid_map`, '/linux/uidMappings', linux?.uidMappings ?? []);
  compareMap(`/proc/${pid}/gid_map`, '/linux/gidMappings', linux?.gidMappings ?? []);
}

function compareMap(file: string, pointer: string, configured: readonly IdMapping[]): void {
  if (configured.length === 0) return;
  const lines = sys().readText({ path: file, limit: 65_536 }).trim().split('\n');
  const has = mapText(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]));
  const wanted = mapText(configured.map(({ containerID, hostID, size }) => [containerID, hostID, size]));
  if (has === wanted) return;
  throw new RuntimeError(`join user namespace: it maps "${has}", and ${pointer} says "${wanted}"`, {
    code: 'invalid-config',
    phase: 'setup',
    operation: 'join user namespace',
    path: pointer,
    hint: 'remove the mappings, or use those of the namespace (container id, host id, size)',
  });
}

/** The same ids give the same text, however they are split into lines. */
function mapText(ranges: readonly (readonly [number, number, number])[]): string {
  const merged: [number, number, number][] = [];
  for (const [inside, outside, size] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = merged[merged.length - 1];
    if (last !== undefined && last[0] + last[2] === inside && last[1] + last[2] === outside) last[2] += size;
    else merged.push([inside, outside, size]);
  }
  return merged.map((range) => range.join(' ')).join(', ');
}

function writeMap(path: string, map: string): void {
  writeFile(
    path,
    map,
    "the kernel accepts at most 340 lines, which must not overlap, and only ids that the caller's own user namespace maps",
  );
}

function writeFile(path: string, text: string, hint: string): void {
  try {
    sys().writeFile({ path, text, flags: 0 });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'write', path, hint });
  }
}
