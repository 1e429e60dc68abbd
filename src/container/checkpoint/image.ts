import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import type { Spec } from '../../spec/types.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { CriuUse } from './criu/failure.js';
import { checkImageFiles } from './image_files.js';
import type { CriuSettings } from './options.js';
import { checkAccess, giveToGroup, modeForGroup, rootOfNamespace } from './root_of_namespace.js';

const O_DIRECTORY = 0o200000;

/** The open directories of an image; the caller closes them. */
export interface ImageDirectories {
  readonly image: Fd;
  /** The same one, without a directory of its own. */
  readonly work: Fd;
  readonly use: CriuUse;
}

/** What was checked is the directory behind the descriptor; another one may have its path by now. */
function isSame(one: Fd, other: Fd): boolean {
  const [a, b] = [one, other].map((fd) => sys().status({ path: '', follow: true, fd }));
  return a !== null && b !== null && a !== undefined && b !== undefined && a.inode === b.inode && a.device === b.device;
}

export interface OpenImage extends Pick<CriuUse, 'phase' | 'id'> {
  readonly settings: CriuSettings;
  readonly spec: Spec;
  /** Closed by the caller, also after a failure. */
  readonly opened: Fd[];
}

/** Opens the directories of an image, which are created for a checkpoint, and the working directory for a restore as well. */
export function openImage({ phase, id, settings, spec, opened }: OpenImage): ImageDirectories {
  const { imagePath, workPath = imagePath } = settings;
  if (imagePath === '')
    throw new RuntimeError(`${phase} container "${id}": the image path is empty`, {
      code: 'usage',
      phase,
      hint: 'pass a directory with --image-path (in a program: imagePath)',
    });
  const root = rootOfNamespace(spec);
  const open = (path: string, make: boolean): Fd => {
    try {
      const isNew = make && makeDirectory(path, root === null ? 0o700 : modeForGroup);
      const fd = sys().open({ path, flags: O_DIRECTORY });
      opened.push(fd);
      if (isNew && root !== null) giveToGroup(fd, path, root);
      return fd;
    } catch (error) {
      throw fromSystem(error, { code: 'setup', phase, operation: 'open image', path });
    }
  };
  const image = open(imagePath, phase === 'checkpoint');
  const work = workPath === imagePath ? image : open(workPath, true);
  const log = `${workPath}/${phase === 'checkpoint' ? 'dump.log' : 'restore.log'}`;
  const use: CriuUse = { phase, id, work, log: log.startsWith('/') ? log : `${sys().workingDirectory()}/${log}` };
  if (phase === 'restore' && root !== null) checkAccess(image, imagePath, use, root);
  checkImageFiles({ image, work, use }, { image: imagePath, work: workPath });
  return { image, work, use };
}

/**
 * The same directories as a process in another mount namespace has them. CRIU mounts what it needs in its working directory, which fails
 * with EINVAL in a mount of another namespace (mount(2)).
 */
export function seenBy(pid: number, { image, work, use }: ImageDirectories, opened: Fd[]): ImageDirectories {
  const again = (directory: Fd): Fd => {
    const path = throughDescriptor({ fd: directory, name: use.log }, (link) => sys().readLink({ path: link }));
    try {
      const fd = sys().open({ path: `/proc/${pid}/root${path}`, flags: O_DIRECTORY });
      opened.push(fd);
      if (isSame(fd, directory)) return fd;
    } catch (error) {
      throw fromSystem(error, { code: 'setup', phase: use.phase, operation: 'open image', path });
    }
    throw new RuntimeError(`${use.phase} container "${use.id}": directory "${path}" was replaced meanwhile`, {
      code: 'setup',
      phase: use.phase,
      operation: 'open image',
      path,
      hint: 'keep images in directories that only their owner may write to',
    });
  };
  const seen = again(image);
  return { image: seen, work: work === image ? seen : again(work), use };
}

/** Whether it is new. */
function makeDirectory(path: string, mode: number): boolean {
  try {
    sys().makeDirectory({ path, mode });
    return true;
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    return false;
  }
}

/** What tsrun has to know of the container at a restore, next to CRIU's files. */
export interface SavedContainer {
  /** What 0, 1 and 2 of init were: as runc writes it, such as `pipe:[123]`, and the name of a file that CRIU gets again. */
  readonly descriptors: readonly string[];
  /** Mounts whose source is outside the container, by their place in it. */
  readonly externalMounts: readonly SavedMount[];
  /** Whether the upper layer of an overlay made by tsrun is in the image. */
  readonly layer?: true;
}

export interface SavedMount {
  readonly place: string;
  /** The destination of the bind mount of config.json that it belongs to. Absent for a mask or a device, whose source tsrun knows. */
  readonly destination?: string;
  /** What follows after the destination, for a mount of the host below a recursive bind. */
  readonly rest?: string;
}

/** The first is runc's, which can then restore the image, too. */
const descriptorsFile = 'descriptors.json';
const containerFile = 'tsrun.json';
const limit = 4 << 20;

export function saveContainer({ image, use }: ImageDirectories, links: readonly string[], saved: SavedContainer): void {
  try {
    sys().replaceFile({ path: descriptorsFile, text: JSON.stringify(links), mode: 0o600, sync: false, directory: image });
    sys().replaceFile({ path: containerFile, text: JSON.stringify(saved), mode: 0o600, sync: false, directory: image });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: use.phase, operation: 'write image', path: containerFile });
  }
}

/** Reads it; from an image of runc or crun only what its file says. */
export function readContainer(directories: ImageDirectories): SavedContainer {
  const saved = readJson(directories, containerFile);
  if (isSaved(saved)) return saved;
  if (saved !== null) throw damaged(directories, containerFile);
  const links = readJson(directories, descriptorsFile);
  if (links === null || !isTextList(links)) throw damaged(directories, descriptorsFile);
  return { descriptors: links.map((link) => (link.startsWith('pipe:') ? link : '')), externalMounts: [] };
}

/** null if there is no such file. Neither follows a symbolic link, which would lead out of the image, nor waits for a FIFO. */
function readJson({ image, use }: ImageDirectories, name: string): unknown {
  try {
    return JSON.parse(sys().readText({ path: name, limit, directory: image })) as unknown;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    if (isSystemError(error)) throw fromSystem(error, { code: 'setup', phase: use.phase, operation: 'read image', path: name });
    throw damaged({ use }, name);
  }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isSaved(value: unknown): value is SavedContainer {
  if (typeof value !== 'object' || value === null) return false;
  const { descriptors, externalMounts, layer } = value as Partial<Record<keyof SavedContainer, unknown>>;
  if (layer !== undefined && layer !== true) return false;
  return isTextList(descriptors) && Array.isArray(externalMounts) && externalMounts.every(isSavedMount);
}

function isSavedMount(value: unknown): value is SavedMount {
  if (typeof value !== 'object' || value === null) return false;
  const { place, ...rest } = value as Partial<Record<keyof SavedMount, unknown>>;
  return typeof place === 'string' && Object.values(rest).every((entry) => typeof entry === 'string');
}

function damaged({ use }: Pick<ImageDirectories, 'use'>, name: string): RuntimeError {
  return new RuntimeError(`${use.phase} container "${use.id}": the image has no valid "${name}"`, {
    code: 'setup',
    phase: use.phase,
    operation: 'read image',
    path: name,
    hint: 'pass the directory that "tsrun checkpoint" has filled with --image-path (in a program: imagePath); a pre-dump alone cannot be restored',
  });
}
