import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd, InitMessage, Spawned, Sys } from '../sys/contract.js';
import { mountOption, type Operation } from '../protocol/operations.js';
import type { ContainerPlan, MountIdmap } from '../plan/types.js';
import { openNamespace } from './descriptors.js';

export interface MountSourceRequest {
  readonly message: InitMessage;
  readonly operations: readonly Operation[];
  readonly mountIdmaps: ContainerPlan['mountIdmaps'];
  readonly init: Pick<Spawned, 'pid' | 'pidfd'>;
}

/**
 * Clones the source of a bind mount at the point `mountSource`, in the mount namespace of tsrun-init and with our rights. The plan, not the
 * process, says what to clone. The caller closes the result.
 */
export function openMountSource({ message, operations, mountIdmaps, init }: MountSourceRequest): Fd {
  const operation = operations[message.operation];
  if (operation?.op !== 'mount')
    throw new RuntimeError('open mount source: not a mount', { code: 'internal', phase: 'setup', operation: 'open mount source' });
  const has = (option: number): boolean => (operation.options & option) !== 0;
  const path = String(operation.source);
  let mount: Fd;
  try {
    mount = sys().cloneMount({
      pid: init.pid,
      pidfd: init.pidfd,
      path,
      recursive: has(mountOption.recursive),
      follow: !has(mountOption.sourceNoFollow),
    });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'open mount source', path });
  }
  const idmap = mountIdmaps[operation.idmap];
  if (idmap === undefined) return mount;
  try {
    applyIdmap(mount, idmap, path);
    return mount;
  } catch (error) {
    sys().close({ fd: mount });
    throw error;
  }
}

/** Maps the ids of a detached mount. `path` is what an error names. */
export function applyIdmap(mount: Fd, idmap: MountIdmap, path: string): void {
  const userNamespace = 'path' in idmap ? openNamespace(idmap.path) : makeUserNamespace(idmap, path);
  try {
    sys().idmapMount({ mount, userNamespace, recursive: idmap.recursive });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'setup',
      operation: 'idmap mount',
      path,
      hint: 'the file system of the source must support idmapped mounts (FS_ALLOW_IDMAP), and the mount must not be idmapped already',
    });
  } finally {
    sys().close({ fd: userNamespace });
  }
}

/** A user namespace with these maps for the mount on, or of, `path`. */
export function makeUserNamespace(idmap: Parameters<Sys['makeUserNamespace']>[0], path: string): Fd {
  try {
    return sys().makeUserNamespace(idmap);
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'setup',
      operation: 'make user namespace of idmap mount',
      path,
      // ENOSPC has nothing to do with a disk here (clone(2)).
      ...(isSystemError(error, 'ENOSPC') ? { hint: 'raise the number of user namespaces (sysctl user.max_user_namespaces)' } : {}),
    });
  }
}
