import { cleanUp } from '../../../errors/clean_up.js';
import { fromSystem } from '../../../errors/from_system.js';
import { RuntimeError } from '../../../errors/runtime_error.js';
import { throughDescriptor } from '../../../errors/through_descriptor.js';
import type { CreateInput } from '../../../plan/types.js';
import type { RestoreRecord } from '../../../state/criu/restore_record.js';
import { sys } from '../../../sys/call.js';
import type { Fd } from '../../../sys/contract.js';
import type { CriuUse } from '../criu/failure.js';
import type { ImageDirectories } from '../image.js';

import { holder, unsupported, upper, withDirectories, work } from './layer.js';

const permissionsOfOthers = 0o077;

export interface LayerToRestore {
  readonly input: CreateInput;
  readonly directories: ImageDirectories;
  /** Whether the image has an upper layer. */
  readonly isSaved: boolean;
  /** Where CRIU has the root file system. */
  readonly root: string;
  /** Closed by the caller, when CRIU has the mount. */
  readonly opened: Fd[];
  /** Called before something is made in a directory. */
  readonly record: (layer: NonNullable<RestoreRecord['layer']>) => void;
}

/** The root file system of a restored container: the mounts for CRIU, and how to remove what was made for it. */
export interface RestoredRoot {
  /** As for `runProgram` of sys. */
  readonly mounts: readonly string[];
  readonly undo: () => void;
}

/**
 * Unpacks the upper layer of the image, if it has one, into the directory that was asked for, which must be empty, or into a new tmpfs,
 * which disappears with the container.
 */
export async function restoreLayer({ input, directories, isSaved, root, opened, record }: LayerToRestore): Promise<RestoredRoot> {
  const { overlay, rootfs, id } = input;
  if (overlay === null) {
    if (isSaved)
      throw unsupported('restore', id, 'the image contains the upper layer of an overlay', 'pass --overlay or --overlay=DIRECTORY');
    return { mounts: [rootfs, root, '', '', ''], undo: () => undefined };
  }
  if (!isSaved)
    throw unsupported(
      'restore',
      id,
      'the image contains no upper layer of an overlay',
      'restore it without --overlay and org.tsrun.overlay',
    );
  const { directory, lowers } = overlay;
  const own = directory === null ? sys().detachedTmpfs({ source: 'tsrun', mode: '0700' }) : takeEmpty(directory, directories.use, opened);
  if (directory === null) opened.push(own);
  const name = directory ?? root;
  const undo = (): void => {
    if (directory !== null) for (const part of [upper, work]) sys().removeTree({ path: `${directory}/${part}` });
  };
  try {
    if (directory !== null) record({ directory, inode: sys().status({ path: '', follow: true, fd: own })?.inode ?? 0 });
    throughDescriptor({ fd: own, name }, (path) => {
      for (const part of [upper, work]) sys().makeDirectory({ path: `${path}/${part}`, mode: 0o700 });
    });
    const saved = throughDescriptor({ fd: directories.image, name: holder }, (path) =>
      sys().openOwnDirectory({ path: `${path}/${holder}` }),
    );
    opened.push(saved);
    await withDirectories(
      [
        { path: upper, directory: saved },
        { path: upper, directory: own },
      ],
      ([from, to]) => sys().copyTree({ from, to }),
    );
    const memory = directory === null ? [String(own), root, 'detached', '', ''] : [];
    const layers = directory === null ? lowers : [...lowers, directory];
    return { mounts: [...memory, 'overlay', root, 'overlay', optionsOf(input, name), flagsOf(layers)], undo };
  } catch (error) {
    const failure = fromSystem(error, { code: 'setup', phase: 'restore', operation: 'restore upper layer', path: name });
    throw await cleanUp(failure, [undo]);
  }
}

/** As at a creation (native/init/steps/rootfs/overlay.cc): only we use it, and nobody else may enter it. */
function takeEmpty(path: string, use: CriuUse, opened: Fd[]): Fd {
  try {
    const fd = sys().lockDirectory({ path });
    if (fd < 0) throw refused(path, 'another container uses it', 'EBUSY', 'pass another directory');
    opened.push(fd);
    const status = sys().status({ path: '', follow: true, fd });
    if (status === null || (status.mode & permissionsOfOthers) !== 0)
      throw refused(path, 'other users may enter it', 'EACCES', 'change its mode to 700: the layer may contain set-user-id files');
    if (sys().listDirectory({ path }).length > 0)
      throw refused(path, 'it is not empty', 'ENOTEMPTY', 'pass an empty directory: what is there would be mixed with the saved layer');
    return fd;
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: use.phase, operation: 'lock overlay directory', path });
  }
}

/** overlay splits layers at colons and options at commas, and unescapes backslashes (Documentation/filesystems/overlayfs.rst). */
function optionsOf({ overlay, host, spec }: CreateInput, directory: string): string {
  const escaped = (path: string): string => path.replace(/[\\,:]/g, '\\$&');
  const label = spec.linux?.mountLabel ?? '';
  return [
    `lowerdir=${(overlay?.lowers ?? []).map(escaped).join(':')}`,
    `upperdir=${escaped(`${directory}/${upper}`)}`,
    `workdir=${escaped(`${directory}/${work}`)}`,
    ...(host.inUserNamespace ? ['userxattr'] : []),
    ...(label === '' ? [] : [`context="${label}"`]),
  ].join(',');
}

/** The restrictions of the mounts that the layers are on, as at a creation. */
function flagsOf(paths: readonly string[]): string {
  const table = sys()
    .readText({ path: '/proc/self/mountinfo', limit: 64 << 20 })
    .split('\n');
  const mounts = new Set(paths.map((path) => String(sys().status({ path, follow: true })?.mount)));
  const words = table.flatMap((line) => {
    const [id = '', , , , , options = ''] = line.split(' ');
    return mounts.has(id) ? options.split(',') : [];
  });
  return ['nosuid', 'nodev', 'noexec'].filter((word) => words.includes(word)).join(',');
}

function refused(path: string, reason: string, errno: string, hint: string): RuntimeError {
  return new RuntimeError(`restore overlay in "${path}": ${reason} (${errno})`, {
    code: 'setup',
    phase: 'restore',
    operation: 'overlay',
    path,
    errno,
    hint,
  });
}
