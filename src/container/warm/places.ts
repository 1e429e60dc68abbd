import { RuntimeError } from '../../errors/runtime_error.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { Place } from './covered.js';

const O_PATH = 0o10000000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_IN_ROOT = 0x10;

/**
 * Where the mounts of a slot are in its root. Others may share the root, or a volume in it: if they move a directory, replace it or make it
 * a symlink, the path no longer leads to the mount; if they remove a directory, the mount is removed with it (detach_mounts() of the
 * kernel).
 */
export class Places {
  /** O_PATH; -1 if nothing was mounted. */
  readonly #root: Fd;
  readonly #mounts: readonly { readonly place: Place; readonly mount: number }[];

  /** `root` belongs to this object from now on, even if this throws. */
  constructor({ root, places }: { readonly root: Fd; readonly places: readonly Place[] }) {
    this.#root = root;
    try {
      this.#mounts = places.map((place) => ({ place, mount: this.#mountAt(place) }));
      const distinct = new Set(this.#mounts.map(({ mount }) => mount)).size === places.length;
      if (!distinct || this.#mounts.some(({ mount }) => mount < 0)) throw movedMeanwhile(places);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  areUnchanged(): boolean {
    return this.#mounts.every(({ place, mount }) => this.#mountAt(place) === mount);
  }

  close(): void {
    if (this.#root >= 0) sys().close({ fd: this.#root });
  }

  /** Returns the id of the mount whose root a path leads to; -1 if it does not lead to one. */
  #mountAt({ path, symlinks }: Place): number {
    let fd: Fd;
    try {
      fd = sys().open({
        path,
        directory: this.#root,
        flags: O_PATH,
        resolve: RESOLVE_IN_ROOT | (symlinks ? RESOLVE_NO_MAGICLINKS : RESOLVE_NO_SYMLINKS),
      });
    } catch (error) {
      // Whatever the obstacle is, a cold creation of the container will report it.
      if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV', 'EAGAIN', 'EACCES')) return -1;
      throw error;
    }
    try {
      const status = sys().status({ path: '', fd, follow: true });
      return status === null || !status.mountRoot ? -1 : status.mount;
    } finally {
      sys().close({ fd });
    }
  }
}

function movedMeanwhile(places: readonly Place[]): RuntimeError {
  return new RuntimeError('prewarm: the mounts of a warm slot are not where it made them', {
    code: 'setup',
    phase: 'setup',
    operation: 'mount',
    path: places.map(({ path }) => path).join(', '),
    hint: 'either something else is changing the root file system, or a symlink gives two mounts of the configuration the same destination',
  });
}
