/**
 * Whether a key of `linux.resources.unified` (config-linux.md, "Unified") names a limit: a file of a controller, such as `memory.high`, or
 * one of the core's limits on the tree below the cgroup. The core's other files are commands, not resources: a pid in `cgroup.procs` would
 * move a process of the host into the cgroup, which is killed with the container; `cgroup.freeze`, `cgroup.type` and
 * `cgroup.subtree_control` change what the runtime itself relies on.
 */
export function isUnifiedLimit(file: string): boolean {
  return file.startsWith('cgroup.') ? coreLimits.includes(file) : /^[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)+$/.test(file);
}

/** cgroup-v2.rst, "Core Interface Files". */
const coreLimits: readonly string[] = ['cgroup.max.depth', 'cgroup.max.descendants'];

/** A phrase that follows "must be". */
export const unifiedLimitWords =
  'a file of a cgroup v2 controller, such as memory.high, or one of cgroup.max.depth and cgroup.max.descendants';
