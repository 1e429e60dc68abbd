import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { latin1 } from '../latin1.js';
import { unescapeOctal } from './unescape_octal.js';

/**
 * The mounts of our mount namespace. Read again only when the kernel says that one was created, moved, removed or changed: it counts
 * changes for each open mountinfo (mounts_poll() of fs/proc_namespace.c), so asking costs one system call.
 */
export class MountTable {
  readonly #watch: Fd;
  #mounts: readonly Mount[] | undefined;
  #version = 0;

  constructor() {
    this.#watch = sys().open({ path: mountinfo, flags: 0 });
  }

  /** The same number as long as no mount has changed. */
  version(): number {
    if (sys().hasChanged({ fd: this.#watch })) {
      this.#mounts = undefined;
      this.#version++;
    }
    return this.#version;
  }

  /** Describes a mount and all that are mounted at or below a directory of it: ids, roots, flags, propagation. */
  describe({ mount, directory }: { readonly mount: number; readonly directory: string }): string {
    // Asked first, so that a change during the read is noticed next time.
    this.version();
    this.#mounts ??= parseMounts(latin1(sys().readBytes({ path: mountinfo, limit: 64 << 20 })));
    const below = directory === '/' ? '/' : `${latin1Of(directory)}/`;
    return this.#mounts
      .filter(({ id, place }) => id === mount || place.startsWith(below) || place === latin1Of(directory))
      .map(({ line }) => line)
      .join('\n');
  }

  close(): void {
    sys().close({ fd: this.#watch });
  }
}

const mountinfo = '/proc/self/mountinfo';

interface Mount {
  readonly id: number;
  readonly place: string;
  readonly line: string;
}

function parseMounts(text: string): readonly Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id, , , , place = ''] = line.split(' ', 5);
      return { id: Number(id), place: unescapeOctal(place), line };
    });
}

/** A path as the table's bytes. */
function latin1Of(path: string): string {
  return latin1(sys().encodeText({ text: path }));
}
