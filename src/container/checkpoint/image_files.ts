import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { FileStatus } from '../../sys/values.js';
import type { CriuUse } from './criu/failure.js';
import type { ImageDirectories } from './image.js';

/** CRIU's link to the image of an earlier pre-dump. It is read like the rest of the image. */
const parentLink = 'parent';

/** What CRIU would follow out of the directory, or wait for. */
const refused: Partial<Record<FileStatus['kind'], string>> = {
  symlink: 'a symbolic link',
  fifo: 'a FIFO',
  character: 'a device',
  block: 'a device',
};

/**
 * Checks the files that CRIU opens by their names, as root and following symbolic links: an image that an engine has unpacked may come from
 * somebody else. Logs of earlier runs are removed, so that CRIU writes new files and not into hard links.
 */
export function checkImageFiles({ image, work, use }: ImageDirectories, paths: { readonly image: string; readonly work: string }): void {
  checkFiles(use, { fd: image, name: paths.image }, (file) => file !== parentLink);
  const written = writtenIn(use);
  if (work !== image) checkFiles(use, { fd: work, name: paths.work }, (file) => written.includes(file));
  for (const file of written) removeOld(use, { fd: work, name: paths.work }, file);
}

interface Directory {
  readonly fd: Fd;
  readonly name: string;
}

/** The files that CRIU writes into its working directory. */
function writtenIn({ phase }: CriuUse): readonly string[] {
  return phase === 'checkpoint' ? ['dump.log', 'stats-dump'] : ['restore.log', 'stats-restore'];
}

function checkFiles(use: CriuUse, directory: Directory, concerns: (file: string) => boolean): void {
  for (const file of list(use, directory)) {
    if (!concerns(file)) continue;
    const status = throughDescriptor(directory, (path) => sys().status({ path: `${path}/${file}`, follow: false }));
    const kind = status === null ? undefined : refused[status.kind];
    if (kind === undefined) continue;
    throw new RuntimeError(`${use.phase} container "${use.id}": image file "${directory.name}/${file}" is ${kind}`, {
      code: 'setup',
      phase: use.phase,
      operation: 'open image',
      path: `${directory.name}/${file}`,
      hint: 'CRIU makes no such files, and would follow it or wait for it: remove it if you trust the rest of the image',
    });
  }
}

function list(use: CriuUse, directory: Directory): readonly string[] {
  try {
    return throughDescriptor(directory, (path) => sys().listDirectory({ path }));
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: use.phase, operation: 'open image', path: directory.name });
  }
}

function removeOld(use: CriuUse, directory: Directory, file: string): void {
  try {
    throughDescriptor(directory, (path) => {
      sys().unlink({ path: `${path}/${file}` });
    });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return;
    throw fromSystem(error, { code: 'setup', phase: use.phase, operation: 'remove old file', path: `${directory.name}/${file}` });
  }
}
