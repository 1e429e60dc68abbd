import { PathTree } from './path_tree.js';

/**
 * Tracks what has been mounted so far, by destination: in which directories only the slot can create entries, and which places must be
 * checked again.
 */
export class Covered {
  readonly #mounts = new PathTree<Mount>();
  /** The same, in their order, without those that a later one covers. */
  readonly #visible = new Set<Mount>();
  readonly #links = new PathTree<true>();
  #root = '';

  /** Whether only the slot can have created what is in this directory, so that no foreign symlink in it leads elsewhere. */
  isPrivate(directory: string): boolean {
    const mount = this.#mounts.nearest(directory);
    return mount?.value.tmpfs === true && mount.depth > (this.#links.nearest(directory)?.depth ?? 0);
  }

  /** The container's root, a path of the host. */
  root(path: string): void {
    this.#root = path;
  }

  /** Whether something that was mounted may be visible at or below a path of the host. If so, what the host has there proves nothing. */
  mayHold(path: string): boolean {
    return this.#visible.size > 0 && (isWithin(path, this.#root) || isWithin(this.#root, path));
  }

  mount({ destination, tmpfs, symlinks, source }: Covering): void {
    const place = { path: destination, symlinks, ...(source === undefined ? {} : { source }) };
    const mount = { tmpfs, place: this.isPrivate(parentOf(destination)) ? null : place };
    // What is covered is out of reach and can no longer be compared.
    for (const covered of this.#mounts.removeWithin(destination)) this.#visible.delete(covered);
    this.#mounts.set(destination, mount);
    this.#visible.add(mount);
  }

  /** A symlink was created, so a path through it leads elsewhere. */
  link(path: string): void {
    this.#links.set(path, true);
  }

  /** Destinations whose path others may change. */
  get places(): readonly Place[] {
    return [...this.#visible].flatMap(({ place }) => (place === null ? [] : [place]));
  }
}

interface Covering extends Pick<Place, 'symlinks' | 'source'> {
  readonly destination: string;
  readonly tmpfs: boolean;
}

interface Mount {
  /** Whether a new tmpfs is mounted there. */
  readonly tmpfs: boolean;
  /** Null if nobody else can change the path. */
  readonly place: Place | null;
}

/** A destination of a mount inside the container's root. */
export interface Place {
  readonly path: string;
  /** Whether symlinks on the way to it are followed. */
  readonly symlinks: boolean;
  /** Of a bind mount: a path of the host. */
  readonly source?: string;
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`);
}
