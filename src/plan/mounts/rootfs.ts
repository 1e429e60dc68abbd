import type { Linux, ValidSpec } from '../../spec/types.js';
import type { PlanContext } from '../context.js';
import { mountAttribute, propagationFlag } from '../../protocol/mount_flags.js';
import type { Operation } from '../../protocol/operations.js';
import { overlayOperation } from './overlay.js';
import { cleanPath } from '../../spec/cleaned_path.js';

/** Detaches the mounts from the host's and puts the container's root in place. */
export function prepareRoot(context: PlanContext): readonly Operation[] {
  const { input, namespaces } = context;
  const overlay = namespaces.overlayFirst ? [] : overlayOperation(context);
  if (!namespaces.own.has('mount')) return [];
  return [
    { op: 'rootPropagation', propagation: rootPropagation(input.spec) },
    ...overlay,
    { op: 'rootfs', fd: -1, recursive: 1, path: input.rootfs },
  ];
}

/** Makes the container's root `/`. */
export function switchRoot({ input, namespaces }: PlanContext): readonly Operation[] {
  if (!namespaces.own.has('mount')) return [{ op: 'changeRoot', path: input.rootfs }];
  return [{ op: input.noPivot ? 'moveRoot' : 'pivotRoot' }];
}

/** Changes to the root that must wait until nothing more is created in it. */
export function sealRoot({ input, namespaces }: PlanContext): readonly Operation[] {
  const { linux } = input.spec;
  if (!namespaces.own.has('mount')) return [];
  const set = rootIsReadonly(input.spec) ? mountAttribute.readonly : 0;
  const propagation = propagationOf(linux?.rootfsPropagation);
  return set === 0 && propagation === 0 ? [] : [{ op: 'rootAttributes', set, propagation }];
}

/** Among `readonlyPaths` the root means what `root.readonly` does: a mount on it would be above the root directory of every process. */
export function rootIsReadonly({ root, linux }: ValidSpec): boolean {
  return root.readonly === true || (linux?.readonlyPaths ?? []).some((path) => cleanPath(path) === '/');
}

/**
 * The propagation of everything that the mount namespace starts with. Without `rootfsPropagation` mounts of the host still appear in the
 * container, never the other way round, as in runc. Unbindable mounts could not be bound as the root: for now they are private. `shared`
 * without an `r` shares only the mount at `/`, as with both peers: what is bound from elsewhere, such as the devices of a user namespace,
 * is as its source is. The other words reach everything, since each cuts a tie to the host.
 */
export function rootPropagation(spec: ValidSpec): number {
  const word = spec.linux?.rootfsPropagation;
  if (word === 'shared') return propagationFlag.shared;
  const asked = propagationOf(word) & ~propagationFlag.recursive;
  const first = asked === 0 ? propagationFlag.slave : asked === propagationFlag.unbindable ? propagationFlag.private : asked;
  return first | propagationFlag.recursive;
}

/** `rootfsPropagation` as MS_* flags; 0 if it is not set. */
function propagationOf(word: Linux['rootfsPropagation']): number {
  if (word === undefined || word === '') return 0;
  const recursive = word.startsWith('r') ? propagationFlag.recursive : 0;
  const name = recursive === 0 ? word : word.slice(1);
  return recursive | propagationFlag[name as 'shared' | 'slave' | 'private' | 'unbindable'];
}
