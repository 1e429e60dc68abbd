/**
 * Tracks what has been mounted so far, by destination: in which directories only the slot can create entries, and which places must be
 * checked again.
 */
export class Covered {
  /** Destinations, and whether a new tmpfs is mounted there. */
  readonly #mounts = new Map<string, { readonly tmpfs: boolean; readonly place: Place | null }>();
  readonly #links = new Set<string>();
  #root = '';

  /** Whether only the slot can have created what is in this directory, so that no foreign symlink in it leads elsewhere. */
  isPrivate(directory: string): boolean {
    return this.#holderOf(directory)?.tmpfs === true;
  }

  /** The container's root, a path of the host. */
  root(path: string): void {
    this.#root = path;
  }

  /** Whether something that was mounted may be visible at or below a path of the host. If so, what the host has there proves nothing. */
  mayHold(path: string): boolean {
    return this.#mounts.size > 0 && (isWithin(path, this.#root) || isWithin(this.#root, path));
  }

  mount({ destination, tmpfs, symlinks }: { readonly destination: string; readonly tmpfs: boolean; readonly symlinks: boolean }): void {
    const place = this.isPrivate(parentOf(destination)) ? null : { path: destination, symlinks };
    // What is covered is out of reach and can no longer be compared.
    for (const other of this.#mounts.keys()) if (isWithin(other, destination)) this.#mounts.delete(other);
    this.#mounts.set(destination, { tmpfs, place });
  }

  /** A symlink was created, so a path through it leads elsewhere. */
  link(path: string): void {
    this.#links.add(path);
  }

  /** Destinations whose path others may change. */
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
