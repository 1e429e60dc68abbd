import { RuntimeError } from '../../errors/runtime_error.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { Place } from './covered.js';
import type { Used } from './sources.js';

const O_PATH = 0o10000000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_IN_ROOT = 0x10;

interface Found {
  readonly place: Place;
  readonly mount: number;
  readonly device: number;
  readonly inode: number;
}

const nowhere = { mount: -1, device: -1, inode: -1 } as const;

/**
 * Where the mounts of a slot are in its root. Others may share the root, or a volume in it: if they move a directory, replace it or make it
 * a symlink, the path no longer leads to the mount; if they remove a directory, the mount is removed with it (detach_mounts() of the
 * kernel).
 */
export class Places {
  /** O_PATH; -1 if nothing was mounted. */
  readonly #root: Fd;
  readonly #mounts: readonly Found[];
  /** What is mounted, of the files that the host has. */
  readonly used: readonly Used[];

  /** `root` belongs to this object from now on, even if this throws; `rootfs` is the path that it was found by. */
  constructor({ root, rootfs, places }: { readonly root: Fd; readonly rootfs?: string | undefined; readonly places: readonly Place[] }) {
    this.#root = root;
    try {
      this.#mounts = places.map((place) => ({ place, ...this.#mountAt(place) }));
      const own = root < 0 || rootfs === undefined ? null : sys().status({ path: '', fd: root, follow: true });
      this.used = [
        ...(own === null || rootfs === undefined ? [] : [{ source: rootfs, device: own.device, inode: own.inode }]),
        ...this.#mounts.flatMap(({ place: { source }, device, inode }) => (source === undefined ? [] : [{ source, device, inode }])),
      ];
      const distinct = new Set(this.#mounts.map(({ mount }) => mount)).size === places.length;
      if (!distinct || this.#mounts.some(({ mount }) => mount < 0)) throw movedMeanwhile(places);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  areUnchanged(): boolean {
    return this.#mounts.every(({ place, mount }) => this.#mountAt(place).mount === mount);
  }

  close(): void {
    if (this.#root >= 0) sys().close({ fd: this.#root });
  }

  /** Returns the mount whose root a path leads to, with the id -1 if it does not lead to one. */
  #mountAt({ path, symlinks }: Place): Omit<Found, 'place'> {
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
      if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV', 'EAGAIN', 'EACCES')) return nowhere;
      throw error;
    }
    try {
      const status = sys().status({ path: '', fd, follow: true });
      return status === null || !status.mountRoot ? nowhere : status;
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
