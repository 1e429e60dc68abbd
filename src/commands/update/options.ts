import type { OptionTable } from '../../cli/options/table.js';

/** runc's names, and its hidden ones for limits that only cgroup v1 has. */
export const updateOptions = {
  resources: {
    kind: 'text',
    short: 'r',
    value: 'file',
    about: 'read the limits from this file (- is standard input): /linux/resources of config.json',
  },
  memory: { kind: 'text', value: 'bytes', about: 'memory limit; -1 is no limit' },
  'memory-reservation': { kind: 'text', value: 'bytes', about: 'memory that is reclaimed last (memory.low)' },
  'memory-swap': { kind: 'text', value: 'bytes', about: 'limit of memory and swap together; -1 is no limit' },
  'cpu-period': { kind: 'text', value: 'microseconds', about: 'period of the CPU quota' },
  'cpu-quota': { kind: 'text', value: 'microseconds', about: 'CPU time in each period; -1 is no limit' },
  'cpu-burst': { kind: 'text', value: 'microseconds', about: 'unused CPU time that may be used later' },
  'cpu-share': { kind: 'text', aliases: ['cpu-shares'], value: 'shares', about: 'relative CPU weight, from 2 to 262144' },
  'cpu-idle': { kind: 'text', value: '0|1', about: 'run only when nothing else wants the CPU' },
  'cpuset-cpus': { kind: 'text', value: 'list', about: 'CPUs to use, such as 0-3,7' },
  'cpuset-mems': { kind: 'text', value: 'list', about: 'memory nodes to use' },
  'pids-limit': { kind: 'text', value: 'number', about: 'most processes and threads; -1 is no limit' },
  'blkio-weight': { kind: 'text', value: 'weight', about: 'relative weight of block IO, from 10 to 1000' },
  'l3-cache-schema': { kind: 'text', value: 'schema', about: 'cache allocation, such as L3:0=ff' },
  'mem-bw-schema': { kind: 'text', value: 'schema', about: 'memory bandwidth, such as MB:0=50' },
  'cpu-rt-period': { kind: 'text', value: 'microseconds', about: 'only cgroup v1 has it', hidden: true },
  'cpu-rt-runtime': { kind: 'text', value: 'microseconds', about: 'only cgroup v1 has it', hidden: true },
  'kernel-memory': { kind: 'text', value: 'bytes', about: 'only cgroup v1 has it', hidden: true },
  'kernel-memory-tcp': { kind: 'text', value: 'bytes', about: 'only cgroup v1 has it', hidden: true },
} as const satisfies OptionTable;
