import { RuntimeError } from '../../errors/runtime_error.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import { hostId } from '../../plan/namespaces/idmaps.js';
import { hasNamespace } from '../../spec/namespaces.js';
import type { Spec } from '../../spec/types.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { CriuUse } from './criu/failure.js';

/** The host's ids of the container's root. */
export interface RootOfNamespace {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whose rights CRIU has when it opens an image's files at a restore: in a user namespace those of the container's root, who has no power
 * over files of the host (user_namespaces(7)). Null without a user namespace, or if config.json has no mappings.
 */
export function rootOfNamespace(spec: Spec): RootOfNamespace | null {
  if (!hasNamespace(spec, 'user')) return null;
  const uid = hostId(spec.linux?.uidMappings ?? [], 0);
  const gid = hostId(spec.linux?.gidMappings ?? [], 0);
  return uid === null || gid === null ? null : { uid, gid };
}

/** Mode of a new image: with the rights of this group, files can be opened by their names, and not be listed or replaced. */
export const modeForGroup = 0o710;

/** Gives a new image to the group of the container's root. */
export function giveToGroup(image: Fd, name: string, { gid }: RootOfNamespace): void {
  const { uid } = sys().ids();
  throughDescriptor({ fd: image, name }, (path) => {
    sys().chown({ path, uid, gid });
  });
}

/** Fails if CRIU could not open the image's files. It would only say that one of them is not accessible, in the middle of its work. */
export function checkAccess(image: Fd, name: string, use: CriuUse, { uid, gid }: RootOfNamespace): void {
  const status = sys().status({ path: '', follow: true, fd: image });
  if (status === null) return;
  const bit = status.uid === uid ? 0o100 : status.gid === gid ? 0o010 : 0o001;
  if ((status.mode & bit) !== 0) return;
  throw new RuntimeError(
    `${use.phase} container "${use.id}": image "${name}" is not accessible to the container's root: permission denied (EACCES)`,
    {
      code: 'permission',
      phase: use.phase,
      operation: 'open image',
      path: name,
      errno: 'EACCES',
      hint: `CRIU reads it inside the user namespace, as uid ${uid} and gid ${gid} of the host: give the directory that group and mode 710`,
    },
  );
}
