import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { applyIdmap, makeUserNamespace } from '../../init/mount_source.js';
import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { IdMaps } from './id_map.js';
import { mountFlags } from './options.js';
import { lowerLayers } from './overlay.js';

interface MappedMount {
  readonly type: string;
  readonly source: string;
  readonly flags: number;
  /** What the file system is given. */
  readonly data: readonly string[];
  readonly maps: IdMaps;
  readonly target: string;
}

/**
 * Makes a mount whose files have mapped ids, detached. Of an overlay the lower layers are mapped: the upper one belongs to one container,
 * and the snapshotter has given it to root of the user namespace.
 *
 * @throws RuntimeError for other types than an overlay or a bind mount, and if the kernel or a file system cannot map ids
 */
export function openMapped(mount: MappedMount): Fd {
  if ((mount.flags & mountFlags.bind) !== 0) return mappedBind(mount);
  if (mount.type === 'overlay') return mappedOverlay(mount);
  throw new RuntimeError(`mount ${mount.type} "${mount.target}": only an overlay and a bind mount can have uidmap and gidmap`, {
    code: 'unsupported',
    phase: 'setup',
    operation: 'mount',
    path: mount.target,
    hint: 'use a snapshotter that makes overlays, or one that changes the owners itself',
  });
}

function mappedBind({ source, flags, maps }: MappedMount): Fd {
  const recursive = (flags & mountFlags.recursive) !== 0;
  let mount: Fd;
  try {
    mount = sys().cloneOwnMount({ path: source, recursive });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'open mount source', path: source });
  }
  try {
    applyIdmap(mount, { ...maps, recursive }, source);
    return mount;
  } catch (error) {
    sys().close({ fd: mount });
    throw error;
  }
}

function mappedOverlay({ data, flags, maps, target }: MappedMount): Fd {
  const others = data.filter((option) => !option.startsWith('lowerdir=')).join(',');
  const userNamespace = makeUserNamespace(maps, target);
  try {
    return sys().overlayMapped({ layers: lowerLayers(data), userNamespace, place: target, flags, data: others });
  } catch (error) {
    throw fromSystem(error, {
      code: isSystemError(error, 'E2BIG') ? 'unsupported' : 'setup',
      phase: 'setup',
      operation: 'mount overlay with mapped layers',
      hint: isSystemError(error, 'E2BIG')
        ? 'the image has too many layers'
        : 'mapped layers of an overlay need Linux 5.19 and file systems that can map ids (FS_ALLOW_IDMAP)',
    });
  } finally {
    sys().close({ fd: userNamespace });
  }
}
