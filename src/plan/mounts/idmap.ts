import { RuntimeError } from '../../errors/runtime_error.js';
import { namespacePath } from '../../spec/namespaces.js';
import type { IdMapping, Mount } from '../../spec/types.js';
import type { PlanContext } from '../context.js';
import { hostId, idMapLines } from '../namespaces/idmaps.js';
import type { MountOptions } from './options.js';
import type { MountIdmap } from '../types.js';

/**
 * The id map of a mount: its own mappings, or those after crun's `idmap=`, or those of the container's user namespace; null if none is
 * requested. Mappings without the option mean `idmap` (config.md, "Mounts").
 */
export function mountIdmap({ input, namespaces }: PlanContext, mount: Mount, options: MountOptions): MountIdmap | null {
  const { specials, idmapText } = options;
  const own = (mount.uidMappings?.length ?? 0) > 0 || (mount.gidMappings?.length ?? 0) > 0;
  if (!own && !specials.has('idmap') && !specials.has('ridmap')) return null;
  const recursive = specials.has('ridmap');
  const container = { uids: input.spec.linux?.uidMappings ?? [], gids: input.spec.linux?.gidMappings ?? [] };
  if (own) return toIdmap({ uids: mount.uidMappings ?? [], gids: mount.gidMappings ?? [] }, recursive, mount);
  if (idmapText !== null) return toIdmap(parseIdmap(idmapText, container, mount), recursive, mount);
  if (namespaces.user === 'host') throw invalid(mount, 'the option "idmap" needs mappings, or a user namespace with mappings');
  // The namespace has the mappings, so the configuration need not repeat them.
  const joined = namespacePath(input.spec, 'user');
  return joined === undefined ? toIdmap(container, recursive, mount) : { path: joined, recursive };
}

interface Mappings {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

function toIdmap({ uids, gids }: Mappings, recursive: boolean, mount: Mount): MountIdmap {
  if (uids.length === 0 || gids.length === 0) throw invalid(mount, 'an id-mapped mount needs mappings of both users and groups');
  return { uidMap: idMapLines(uids), gidMap: idMapLines(gids), recursive };
}

/**
 * Parses crun's notation: `uids=0-1-10#10-11-10;gids=0-3-10`. Each triple is an id of the file system, an id of the host, and their count.
 * After `@`, the second one is an id of the container.
 */
function parseIdmap(text: string, container: Mappings, mount: Mount): Mappings {
  const found: { uids: readonly IdMapping[]; gids: readonly IdMapping[] } = { uids: [], gids: [] };
  for (const part of text.split(';')) {
    const [, kind, relative, triples] = /^(uids|gids)=(@?)(.*)$/.exec(part) ?? [];
    if (kind !== 'uids' && kind !== 'gids') throw invalid(mount, `"${part}" in the option "idmap" must begin with "uids=" or "gids="`);
    found[kind] = (triples as string).split('#').map((triple) => parseTriple(triple, relative === '@' ? container[kind] : null, mount));
  }
  return found;
}

function parseTriple(triple: string, relativeTo: readonly IdMapping[] | null, mount: Mount): IdMapping {
  if (!/^\d{1,10}-\d{1,10}-\d{1,10}$/.test(triple))
    throw invalid(mount, `"${triple}" in the option "idmap" must be three numbers such as "0-1000-10"`);
  const [containerID, id, size] = triple.split('-').map(Number) as [number, number, number];
  const hostID = relativeTo === null ? id : hostId(relativeTo, id);
  if (hostID === null) throw invalid(mount, `id ${id} in the option "idmap" is not mapped in the container's user namespace`);
  return { containerID, hostID, size };
}

function invalid(mount: Mount, reason: string): RuntimeError {
  return new RuntimeError(`mount "${mount.source ?? ''}" on "${mount.destination}": ${reason}`, {
    code: 'invalid-config',
    phase: 'plan',
    operation: 'mount',
    path: mount.destination,
  });
}
