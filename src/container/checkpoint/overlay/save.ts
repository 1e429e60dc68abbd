import { cleanUp } from '../../../errors/clean_up.js';
import { fromSystem } from '../../../errors/from_system.js';
import { throughDescriptor } from '../../../errors/through_descriptor.js';
import type { ContainerRecord } from '../../../state/record.js';
import { sys, isSystemError } from '../../../sys/call.js';
import type { Fd } from '../../../sys/contract.js';
import { initialUserNamespace } from '../../../sys/initial_user_namespace.js';
import type { ImageDirectories } from '../image.js';
import { mountsOf } from '../mounts.js';
import { holder, unfinished, unsupported, upper, withDirectories } from './layer.js';

/** An upper layer: the directory that it is in, or the lower layers from which it differs, if it is in memory. */
export type LayerToSave =
  { readonly directory: string } | { readonly lowers: readonly string[]; readonly id: string; readonly pid: number };

/**
 * The upper layer that is saved with the image; null if the root file system is not an overlay made by tsrun.
 * @throws RuntimeError if the container was created by a tsrun that does not say what is below a layer in memory.
 */
export function layerToSave({ id, pid, overlay, overlayDirectory, overlayLowers }: ContainerRecord): LayerToSave | null {
  if (overlay !== true) return null;
  if (overlayDirectory !== undefined) return { directory: overlayDirectory };
  if (overlayLowers !== undefined) return { lowers: overlayLowers, id, pid };
  throw unsupported('checkpoint', id, 'an older tsrun has created it, with its upper layer in memory', 'create it again');
}

/** Copies the upper layer into the image. The container must be frozen meanwhile. If it fails, nothing of the layer is in the image. */
export async function saveLayer({ image, use }: ImageDirectories, layer: LayerToSave): Promise<void> {
  const name = `${use.log.slice(0, use.log.lastIndexOf('/'))}/${holder}`;
  const remove = (): void => {
    throughDescriptor({ fd: image, name }, (path) => {
      sys().removeTree({ path: `${path}/${holder}` });
    });
  };
  try {
    // Of an earlier checkpoint in the same directory.
    remove();
    throughDescriptor({ fd: image, name }, (path) => {
      sys().makeDirectory({ path: `${path}/${holder}`, mode: 0o700 });
      sys().makeDirectory({ path: `${path}/${holder}/${unfinished}`, mode: 0o700 });
    });
    const copy = { path: `${holder}/${unfinished}`, directory: image };
    if ('directory' in layer)
      await withDirectories([{ path: `${layer.directory}/${upper}` }, copy], ([from, to]) => sys().copyTree({ from, to }));
    else await withDirectories([copy], ([to]) => saveChanges(layer, to));
    // If tsrun is killed before, a restore must not take the part for the whole.
    throughDescriptor({ fd: image, name }, (path) => {
      sys().rename({ from: `${path}/${holder}/${unfinished}`, to: `${path}/${holder}/${upper}` });
    });
  } catch (error) {
    const path = 'directory' in layer ? layer.directory : layer.id;
    const failure = fromSystem(error, { code: 'setup', phase: 'checkpoint', operation: 'save upper layer', path });
    throw await cleanUp(failure, [remove]);
  }
}

/**
 * No path leads to a layer in memory, not even one of the container, which could otherwise change it below its root directory. So it is
 * what the overlay shows and its lower layers have not.
 */
async function saveChanges({ lowers, id, pid }: Extract<LayerToSave, { readonly pid: number }>, to: Fd): Promise<void> {
  // It may have changed its root directory.
  if (!mountsOf(pid).some(({ place, type }) => place === '/' && type === 'overlay'))
    throw unsupported('checkpoint', id, 'the root directory of its init is not its overlay', 'create it with --overlay=DIRECTORY');
  const opened: Fd[] = [];
  try {
    const from = alone({ id, pid, path: '/' }, opened);
    const below = lowers.map((path) => alone({ id, pid: sys().ids().pid, path }, opened));
    // As the plan has made the overlay (`userxattr`), and as a restore makes the next one.
    const userAttributes = sys().readLink({ path: '/proc/self/ns/user' }) !== initialUserNamespace;
    await sys().copyChanges({ from, lowers: below, to, userAttributes });
  } finally {
    for (const fd of opened) sys().close({ fd });
  }
}

/** A directory as a process has it, without what is mounted below it. */
function alone({ id, pid, path }: { readonly id: string; readonly pid: number; readonly path: string }, opened: Fd[]): Fd {
  const pidfd = sys().openProcess({ pid });
  opened.push(pidfd);
  try {
    const fd = sys().cloneMount({ pid, pidfd, path, recursive: false, follow: true });
    opened.push(fd);
    return fd;
  } catch (error) {
    // A mount that the user namespace of a container has from its creator is locked to the one above (mount_namespaces(7)).
    if (!isSystemError(error, 'EINVAL')) throw error;
    throw unsupported(
      'checkpoint',
      id,
      `the kernel does not show "${path}" without the mounts below it (EINVAL), and its upper layer is in memory`,
      'create it with --overlay=DIRECTORY',
    );
  }
}
