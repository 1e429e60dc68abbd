/** CLONE_NEW* (linux/sched.h) by the specification's names (config-linux.md, "Namespaces"), in the order of `features`. */
export const namespaceFlags = {
  cgroup: 0x2000000,
  ipc: 0x8000000,
  mount: 0x20000,
  network: 0x40000000,
  pid: 0x20000000,
  time: 0x80,
  user: 0x10000000,
  uts: 0x4000000,
} as const;

export type NamespaceType = keyof typeof namespaceFlags;

export const namespaceTypes = Object.keys(namespaceFlags) as readonly NamespaceType[];

/** The file below /proc/<pid>/ns (namespaces(7)). */
export const namespaceFiles: Readonly<Record<NamespaceType, string>> = {
  cgroup: 'cgroup',
  ipc: 'ipc',
  mount: 'mnt',
  network: 'net',
  pid: 'pid',
  time: 'time',
  user: 'user',
  uts: 'uts',
};
