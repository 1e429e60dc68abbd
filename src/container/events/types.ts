/** Everything that statistics consist of, for those who may not know of cgroups. */
export type * from '../../cgroup/stats/types.js';
export type { ResctrlStats } from '../../resctrl/stats.js';
