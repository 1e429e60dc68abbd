import type { IdMapping } from '../../spec/types.js';

/** Lines of uid_map or gid_map (user_namespaces(7)). */
export function idMapLines(mappings: readonly IdMapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
}

/** The host's id of an id in the container; null if no range contains it. */
export function hostId(mappings: readonly IdMapping[], id: number): number | null {
  const range = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return range === undefined ? null : range.hostID + (id - range.containerID);
}
