import type { MountTable } from '../../host/mounts/table.js';
import { sys } from '../../sys/call.js';

/** A path of the host: which file was there, on which mount, and how the mount table described that mount. */
interface Source {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
  readonly mount: number;
  readonly directory: string;
  readonly description: string;
}

/** A file of the host that a slot has mounted. */
export interface Used {
  /** The path by which it was found. */
  readonly source: string;
  readonly device: number;
  readonly inode: number;
}

/** What a slot has taken from the host, to be compared with the host when a container uses the slot. */
export class Sources {
  readonly #table: MountTable;
  readonly #sources: readonly Source[];
  /** The version of the mount table that the descriptions match. */
  #version: number;

  /** Called before the source is used, so that changes in between are noticed. */
  constructor({ paths, table }: { readonly paths: readonly string[]; readonly table: MountTable }) {
    this.#table = table;
    this.#version = table.version();
    this.#sources = paths.map((path) => {
      const status = sys().status({ path, follow: true });
      // The operations will report it. If it appears in between, nothing is known about it.
      if (status === null) return { path, device: -1, inode: -1, mount: -1, directory: path, description: '' };
      const { device, inode, mount } = status;
      const directory = sys().realPath({ path });
      return { path, device, inode, mount, directory, description: table.describe({ mount, directory }) };
    });
  }

  /**
   * Whether the same files are there, on the same mounts with the same flags and the same mounts below: something may have been mounted,
   * moved, remounted or unmounted. A change of a file system's own flags affects all of its mounts.
   */
  areUnchanged(): boolean {
    if (this.#sources.length === 0) return true;
    return this.#filesAreTheSame() && this.#mountsAreTheSame();
  }

  /**
   * Whether a mount of the slot is of the file that was there at the beginning: while it was made, others may have put another file in its
   * place and the first one back.
   */
  are({ source, device, inode }: Used): boolean {
    return this.#sources.every((one) => one.path !== source || (one.device === device && one.inode === inode));
  }

  #filesAreTheSame(): boolean {
    return this.#sources.every(({ path, device, inode, mount }) => {
      const status = sys().status({ path, follow: true });
      return status !== null && status.device === device && status.inode === inode && status.mount === mount;
    });
  }

  #mountsAreTheSame(): boolean {
    const version = this.#table.version();
    if (version === this.#version) return true;
    if (!this.#sources.every(({ mount, directory, description }) => this.#table.describe({ mount, directory }) === description))
      return false;
    this.#version = version;
    return true;
  }
}
