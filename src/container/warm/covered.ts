/** What has been mounted so far, by the words of the destinations: which directories only the slot can make entries in, and which places have to be looked at again. */
export class Covered {
  /** Destinations, and whether it is a new tmpfs that is there. */
  readonly #mounts = new Map<string, { readonly tmpfs: boolean; readonly place: Place | null }>();
  readonly #links = new Set<string>();
  #root = '';

  /** Whether only the slot can have made what is in this directory: no symlink of others leads elsewhere from there. */
  isPrivate(directory: string): boolean {
    return this.#holderOf(directory)?.tmpfs === true;
  }

  /** The container's root, a path of the host. */
  root(path: string): void {
    this.#root = path;
  }

  /** Whether something that was mounted may be seen at or below a path of the host: then what the host has there proves nothing. */
  mayHold(path: string): boolean {
    return this.#mounts.size > 0 && (isWithin(path, this.#root) || isWithin(this.#root, path));
  }

  mount({ destination, tmpfs, symlinks }: { readonly destination: string; readonly tmpfs: boolean; readonly symlinks: boolean }): void {
    const place = this.isPrivate(parentOf(destination)) ? null : { path: destination, symlinks };
    // What is covered is out of reach, and cannot be compared any more.
    for (const other of this.#mounts.keys()) if (isWithin(other, destination)) this.#mounts.delete(other);
    this.#mounts.set(destination, { tmpfs, place });
  }

  /** A symlink was made: a path over it leads elsewhere. */
  link(path: string): void {
    this.#links.add(path);
  }

  /** Destinations which others may change the way to. */
  get places(): readonly Place[] {
    return [...this.#mounts.values()].flatMap(({ place }) => (place === null ? [] : [place]));
  }

  #holderOf(path: string): { readonly tmpfs: boolean } | undefined {
    for (let at = path; ; at = parentOf(at)) {
      if (this.#links.has(at)) return undefined;
      const found = this.#mounts.get(at);
      if (found !== undefined || at === '/') return found;
    }
  }
}

/** A destination of a mount inside the container's root. */
export interface Place {
  readonly path: string;
  /** Whether symlinks on the way to it are followed. */
  readonly symlinks: boolean;
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`);
}
