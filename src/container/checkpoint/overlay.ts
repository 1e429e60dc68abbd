import { cleanUp } from '../../errors/clean_up.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import type { CreateInput } from '../../plan/types.js';
import type { ContainerRecord } from '../../state/record.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { CriuUse } from './criu/failure.js';
import type { ImageDirectories } from './image.js';

const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
/** In an image: a directory that only its owner may enter, because a container may write set-user-id files. The upper layer is in it. */
const holder = 'overlay';
const upper = 'upper';
const work = 'work';
const permissionsOfOthers = 0o077;

/**
 * The directory whose upper layer is saved with the image; null if the root file system is not an overlay made by tsrun.
 * @throws RuntimeError if the layer is in memory: then only the container's mount leads to it.
 */
export function layerToSave({ id, overlay, overlayDirectory }: ContainerRecord): string | null {
  if (overlay !== true) return null;
  if (overlayDirectory !== undefined) return overlayDirectory;
  throw unsupported('checkpoint', id, 'the upper layer of its overlay is in memory', 'create it with --overlay=DIRECTORY');
}

/** Copies the upper layer into the image. The container must be frozen meanwhile. If it fails, nothing of the layer is in the image. */
export async function saveLayer({ image, use }: ImageDirectories, directory: string): Promise<void> {
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
      sys().makeDirectory({ path: `${path}/${holder}/${upper}`, mode: 0o700 });
    });
    withDirectories([{ path: `${directory}/${upper}` }, { path: `${holder}/${upper}`, directory: image }], ([from, to]) => {
      sys().copyTree({ from, to });
    });
  } catch (error) {
    const failure = fromSystem(error, { code: 'setup', phase: 'checkpoint', operation: 'save upper layer', path: directory });
    throw await cleanUp(failure, [remove]);
  }
}

export interface LayerToRestore {
  readonly input: CreateInput;
  readonly directories: ImageDirectories;
  /** Whether the image has an upper layer. */
  readonly isSaved: boolean;
  /** Closed by the caller, when CRIU has the mount. */
  readonly opened: Fd[];
}

/** The root file system of a restored container: the mount for CRIU, and how to remove what was made for it. */
export interface RestoredRoot {
  /** Source, type, options and flags, as for `runProgram` of sys. */
  readonly mount: readonly [source: string, type: string, options: string, flags: string];
  readonly undo: () => void;
}

/** Unpacks the upper layer of the image, if it has one, into the directory that was asked for, which must be empty. */
export async function restoreLayer({ input, directories, isSaved, opened }: LayerToRestore): Promise<RestoredRoot> {
  const { overlay, rootfs, id } = input;
  const { use, image } = directories;
  if (overlay === null) {
    if (isSaved)
      throw unsupported(
        'restore',
        id,
        'the image contains the upper layer of an overlay',
        'pass an empty directory with --overlay=DIRECTORY',
      );
    return { mount: [rootfs, '', '', ''], undo: () => undefined };
  }
  if (!isSaved)
    throw unsupported(
      'restore',
      id,
      'the image contains no upper layer of an overlay',
      'restore it without --overlay and org.tsrun.overlay',
    );
  const { directory } = overlay;
  if (directory === null)
    throw unsupported('restore', id, 'the upper layer cannot be restored in memory', 'pass an empty directory with --overlay=DIRECTORY');
  takeEmpty(directory, use, opened);
  const undo = (): void => {
    for (const name of [upper, work]) sys().removeTree({ path: `${directory}/${name}` });
  };
  try {
    sys().makeDirectory({ path: `${directory}/${upper}`, mode: 0o700 });
    sys().makeDirectory({ path: `${directory}/${work}`, mode: 0o700 });
    const saved = throughDescriptor({ fd: image, name: holder }, (path) => sys().openOwnDirectory({ path: `${path}/${holder}` }));
    opened.push(saved);
    withDirectories([{ path: upper, directory: saved }, { path: `${directory}/${upper}` }], ([from, to]) => {
      sys().copyTree({ from, to });
    });
    return { mount: ['overlay', 'overlay', optionsOf(input, directory), flagsOf([...overlay.lowers, directory])], undo };
  } catch (error) {
    const failure = fromSystem(error, { code: 'setup', phase: 'restore', operation: 'restore upper layer', path: directory });
    throw await cleanUp(failure, [undo]);
  }
}

/** As at a creation (native/init/steps/rootfs/overlay.cc): only we use it, and nobody else may enter it. */
function takeEmpty(path: string, use: CriuUse, opened: Fd[]): void {
  try {
    const fd = sys().lockDirectory({ path });
    if (fd < 0) throw refused(path, 'another container uses it', 'EBUSY', 'pass another directory');
    opened.push(fd);
    const status = sys().status({ path: '', follow: true, fd });
    if (status === null || (status.mode & permissionsOfOthers) !== 0)
      throw refused(path, 'other users may enter it', 'EACCES', 'change its mode to 700: the layer may contain set-user-id files');
    if (sys().listDirectory({ path }).length > 0)
      throw refused(path, 'it is not empty', 'ENOTEMPTY', 'pass an empty directory: what is there would be mixed with the saved layer');
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

type Place = Pick<Parameters<ReturnType<typeof sys>['open']>[0], 'path' | 'directory'>;

function withDirectories(places: readonly [Place, Place], use: (fds: readonly [Fd, Fd]) => void): void {
  const fds: Fd[] = [];
  try {
    for (const place of places) fds.push(sys().open({ ...place, flags: O_DIRECTORY | O_NOFOLLOW }));
    use(fds as unknown as readonly [Fd, Fd]);
  } finally {
    for (const fd of fds) sys().close({ fd });
  }
}

function unsupported(phase: CriuUse['phase'], id: string, reason: string, hint: string): RuntimeError {
  return new RuntimeError(`${phase} container "${id}": ${reason}`, { code: 'unsupported', phase, operation: 'overlay', path: id, hint });
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
