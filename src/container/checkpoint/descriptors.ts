import { sys, isSystemError } from '../../sys/call.js';
import type { Streams } from '../../init/streams.js';
import type { ContainerMount } from './mounts.js';

export interface StandardStreams {
  /** What /proc/PID/fd shows. */
  readonly links: readonly string[];
  /** The keys under which a restore hands them to CRIU; empty for those that CRIU opens itself. */
  readonly keys: readonly string[];
  /** Files outside the container, which CRIU leaves alone. */
  readonly external: readonly string[];
}

/** The standard streams of a container's init, which are the caller's: pipes, and files that no mount of the container leads to. */
export function standardStreams(pid: number, mounts: readonly ContainerMount[]): StandardStreams {
  const inside = new Set(mounts.map(({ id }) => id));
  const streams = [0, 1, 2].map((fd) => describe(`/proc/${pid}/fd/${fd}`, inside));
  return {
    links: streams.map(({ link }) => link),
    keys: streams.map(({ key }) => key),
    external: [...new Set(streams.flatMap(({ key }) => (key.startsWith('file[') ? [key] : [])))],
  };
}

function describe(path: string, inside: ReadonlySet<number>): { readonly link: string; readonly key: string } {
  try {
    const link = sys().readLink({ path });
    if (link.startsWith('pipe:')) return { link, key: link };
    const status = sys().status({ path, follow: true });
    const isFile = status?.kind === 'file' || status?.kind === 'fifo' || (status?.kind === 'character' && status.major === 1);
    if (!isFile || inside.has(status.mount)) return { link, key: '' };
    return { link, key: `file[${status.mount.toString(16)}:${status.inode.toString(16)}]` };
  } catch (error) {
    // It has closed it.
    if (isSystemError(error, 'ENOENT')) return { link: '', key: '' };
    throw error;
  }
}

/** The streams of the restored program, by the keys that the image has for them. */
export function inheritedStreams(keys: readonly string[]): readonly { readonly key: string; readonly fd: number }[] {
  const seen = new Set<string>();
  return keys.slice(0, 3).flatMap((key, fd) => {
    if (key === '' || seen.has(key)) return [];
    seen.add(key);
    return [{ key, fd }];
  });
}

/** What CRIU gets as 0, 1 and 2. */
export function streamsOrNothing(streams: Streams | undefined, nothing: number): Streams {
  const [stdin, stdout, stderr] = (streams ?? [-1, -1, -1]).map((fd) => (fd < 0 ? nothing : fd));
  return [stdin, stdout, stderr] as unknown as Streams;
}
