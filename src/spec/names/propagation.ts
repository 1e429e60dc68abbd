/** The values of `linux.rootfsPropagation` (config-linux.md, "Rootfs Mount Propagation"; the recursive ones as in runc). */
export const rootfsPropagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'unbindable', 'runbindable'] as const;

export type RootfsPropagation = (typeof rootfsPropagations)[number];
