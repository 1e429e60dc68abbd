import { mounts } from './operations/mounts.js';
import { namespaces } from './operations/namespaces.js';
import { process } from './operations/process.js';
import { rootfs } from './operations/rootfs.js';
import { security } from './operations/security.js';
import type { Values } from './operations/definition.js';

export { mountOption } from './numbers/mount_options.js';
export { syncPoint } from './numbers/sync_points.js';

/**
 * The table of everything that tsrun-init can do, from which scripts/protocol/generate.mjs writes the C++ side. A function, since it is needed when something failed, or
 * for `tsrun plan`, and not at every start; that needs `shapes` only.
 */
export const operations = () => ({ ...namespaces(), ...rootfs(), ...mounts(), ...process(), ...security() });

type Operations = ReturnType<typeof operations>;

export type OperationName = keyof Operations;

/** An operation as plan files write it, e.g. `{ op: 'hostname', name: 'web' }`. Every field is there. */
export type Operation = { readonly [N in OperationName]: { readonly op: N } & Values<Operations[N]['fields']> }[OperationName];
