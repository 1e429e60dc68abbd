import type { Readable } from 'node:stream';
import { text } from '../../spec/shapes/shape.js';
import { throwIfAborted } from '../aborting.js';
import { checked } from '../arguments/checked.js';
import { signalOf } from '../arguments/signal_of.js';
import type { CopyInRequest } from '../copy/request.js';
import type { AbortOptions } from '../requests.js';
import { ContainerControl } from './control.js';

/** What a program can do with the files of a container. Nothing is executed in the container, which needs no tar. */
export abstract class ContainerFiles extends ContainerControl {
  /**
   * Unpacks a tar archive below a directory of a container that is created, running or paused. A file gets its name when it is complete;
   * what had the name before, also a symbolic link, is replaced. A directory that exists stays as it is. Everything else that fails ends
   * the copy: what was unpacked before stays.
   *
   * The path may lead through symbolic links, which stay in the container's root. Below it none is followed. Devices, FIFOs and times of
   * directories are not copied, and set-user-ID bits only if `specialBits` is set. Of extended attributes, those of the namespace `user`
   * are copied, if the file system has them (otherwise there is a warning); file capabilities are not. Sparse files keep their holes. In a
   * container with a user namespace, a directory that belongs to none of its users is not written to.
   *
   * @param source - The archive in the format ustar, pax or GNU (sparse files: GNU, pax 0.1 or 1.0), not compressed: a stream, its bytes,
   * or another async iterable of bytes.
   * It is read as fast as files are written. To end the copy, destroy the stream or abort the signal.
   * @param path - The directory, which must exist.
   * @param request - The owner of the files, which of their bits are kept, and an abort signal.
   * @throws {@link RuntimeError} `usage` if an argument has the wrong type or the source is no archive, ends in the middle, or fails;
   * `unsupported` for a member that is a device, leads out of the directory or belongs to a user that the container does not have;
   * `permission` or `setup` if a file cannot be made; `aborted` if the signal aborted; `not-running` if the container has stopped;
   * `not-found` if it was deleted.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * await using other = await runtime.create({ id: 'other', bundle: './service', stdio: 'ignore' });
   * await other.start();
   * await other.copyIn(await container.copyOut('/etc/passwd'), '/dev/shm');
   * console.log((await other.run(['ls', '/dev/shm'])).stdout.trim()); // prints passwd
   * ```
   */
  async copyIn(source: AsyncIterable<Uint8Array> | Uint8Array, path: string, request: CopyInRequest = {}): Promise<void> {
    checked({ method: 'copyIn', value: path, shape: text });
    const { copyIn } = await import('../copy/copy_in.js');
    await copyIn({ reference: this.reference, source, path, request, warn: this.warn });
  }

  /**
   * Makes a tar archive of a file or a directory, with everything below it, of a container that is created, running or paused. Its paths
   * begin with the last name of `path`, and ids are those of the container. A pause ({@link Container.pause}) makes it consistent.
   *
   * Symbolic links in the directory part of the path stay in the container's root; the last name, and everything below, is copied as a
   * link. Devices, FIFOs, sockets, and what is on /proc, /sys and the like are left out, with a warning ({@link RuntimeOptions.onWarning}).
   * Of a sparse file all zeros are copied, so an archive may be larger than the container's disk: the reader decides how much it takes.
   * Of extended attributes, those of the namespace `user` are copied; others, among them file capabilities (`security.capability`), are
   * left out without a warning. In a container with a user
   * namespace, a file that belongs to none of its users is copied only if everybody may read it.
   *
   * @param path - The file or directory. With a slash at the end, its contents without its own name.
   * @param options - An abort signal, which destroys the archive.
   * @returns The archive in the format ustar or pax. It fails with a {@link RuntimeError} if a file becomes shorter or cannot be read, has
   * a name that is not UTF-8, or is deeper than 128 directories; with `aborted` if the signal aborts. Read it to its end, or destroy it.
   * @throws {@link RuntimeError} `usage` if the path is not a string; `setup` or `permission` if it cannot be opened; `unsupported` if it
   * is on /proc, /sys or the like; `not-running` if the container has stopped; `not-found` if it was deleted; `aborted` if the signal
   * aborted.
   *
   * @example
   * ```ts
   * import { buffer } from 'node:stream/consumers';
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using container = await runtime.create({ id: 'service', bundle: './service', stdio: 'ignore' });
   * const archive = await buffer(await container.copyOut('/etc/passwd'));
   * console.log(archive.toString('utf8', 0, 6)); // prints passwd
   * ```
   */
  async copyOut(path: string, options: AbortOptions = {}): Promise<Readable> {
    checked({ method: 'copyOut', value: path, shape: text });
    const signal = signalOf('copyOut', options);
    throwIfAborted(signal);
    const { copyOut } = await import('../copy/copy_out.js');
    return await copyOut({ reference: this.reference, path, signal, warn: this.warn });
  }
}
