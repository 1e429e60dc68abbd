/** The settings of `linux.resources` that become a file of cgroup v2, which `unified` may name, too: group and member. */
export const settingsOfFiles: Readonly<Record<string, readonly (readonly [group: 'memory' | 'cpu' | 'pids', name: string])[]>> = {
  'memory.max': [['memory', 'limit']],
  'memory.swap.max': [['memory', 'swap']],
  'memory.low': [['memory', 'reservation']],
  'pids.max': [['pids', 'limit']],
  'cpu.weight': [['cpu', 'shares']],
  'cpu.idle': [['cpu', 'idle']],
  'cpu.max': [
    ['cpu', 'quota'],
    ['cpu', 'period'],
  ],
  'cpu.max.burst': [['cpu', 'burst']],
  'cpuset.cpus': [['cpu', 'cpus']],
  'cpuset.mems': [['cpu', 'mems']],
};
