import { mounts } from './operations/mounts.js';
import { namespaces } from './operations/namespaces.js';
import { process } from './operations/process.js';
import { rootfs } from './operations/rootfs.js';
import { security } from './operations/security.js';
import type { Values } from './operations/definition.js';

export { mountOption } from './numbers/mount_options.js';
export { syncPoint } from './numbers/sync_points.js';

/**
 * The table of everything that tsrun-init can do, from which scripts/protocol/generate.mjs writes the C++ side. It is a function because it
 * is needed only after a failure or for `tsrun plan`; a start of a container needs only `shapes`.
 */
export const operations = () => ({ ...namespaces(), ...rootfs(), ...mounts(), ...process(), ...security() });

type Operations = ReturnType<typeof operations>;

export type OperationName = keyof Operations;

/** An operation as in a plan, e.g. `{ op: 'hostname', name: 'web' }`. Every field is present. */
export type Operation = { readonly [N in OperationName]: { readonly op: N } & Values<Operations[N]['fields']> }[OperationName];
