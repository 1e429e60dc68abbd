import { RuntimeError } from '../../errors/runtime_error.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import { unescapeOctal } from '../../host/mounts/unescape_octal.js';
import { openInRoot, openRoot } from '../../host/open_in_root.js';
import { devicesByPath } from '../../plan/mounts/devices.js';
import { isBind } from '../../spec/mounts.js';
import type { Mount, Spec } from '../../spec/types.js';
import type { ContainerRecord } from '../../state/record.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { SavedMount } from './image.js';

/** A line of /proc/PID/mountinfo (proc(5)). */
export interface ContainerMount {
  readonly id: number;
  readonly device: string;
  /** What of the file system is mounted. */
  readonly root: string;
  readonly place: string;
  readonly type: string;
}

/** The mounts of a process, in its own order. */
export function mountsOf(pid: number | 'self'): readonly ContainerMount[] {
  const text = sys().readText({ path: `/proc/${pid}/mountinfo`, limit: 64 << 20 });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      const [id, , device = '', root = '', place = ''] = fields;
      return {
        id: Number(id),
        device,
        root: unescapeOctal(root),
        place: unescapeOctal(place),
        type: fields[fields.indexOf('-') + 1] ?? '',
      };
    });
}

/**
 * The mounts whose source is outside the container: bind mounts of config.json, mounts of the host below them, masks, and device nodes of
 * the host. All others are left to CRIU, which fails if it cannot save them: the container may have made them, and what the container names
 * must not be mounted from the host at a restore.
 */
export function externalMounts({ pid, spec, bundle }: Pick<ContainerRecord, 'pid' | 'spec' | 'bundle'>): readonly SavedMount[] {
  const mounts = mountsOf(pid);
  const ofHost = placesOfHost();
  const byPlace = new Map((spec.mounts ?? []).map((mount) => [placeIn(`/proc/${pid}/root`, mount.destination), mount] as const));
  const own = mounts.slice(1).filter(({ place }) => place !== '/');
  return own.flatMap((mounted): readonly SavedMount[] => {
    const { place } = mounted;
    const owner = nearest(place, byPlace);
    if (owner !== null && isBind(owner.mount)) {
      const { mount, rest } = owner;
      const { destination } = mount;
      if (rest === '') return [{ place, destination }];
      return ofHost.has(`${realSource(mount, bundle)}${rest}`) ? [{ place, destination, rest }] : [];
    }
    // CRIU mounts a file system again that is mounted as a whole somewhere in the container.
    if (mounts.some(({ device, root, type }) => device === mounted.device && type === mounted.type && root === '/')) return [];
    return sourceOf(spec, place) === undefined ? [] : [{ place }];
  });
}

/** Where a mask or a device node comes from: the host's null device, or its node of the same name. undefined for other places. */
function sourceOf(spec: Spec, place: string): string | undefined {
  if ((spec.linux?.maskedPaths ?? []).includes(place)) return '/dev/null';
  return devicesByPath(spec).has(place) ? place : undefined;
}

/** The mount points of our own namespace, by their real paths. A container cannot add to them. */
function placesOfHost(): ReadonlySet<string> {
  return new Set(mountsOf('self').map(({ place }) => place));
}

const sourceIn = ({ source = '' }: Mount, bundle: string): string => (source.startsWith('/') ? source : `${bundle}/${source}`);

/** Without symbolic links, as in the mount table; the source itself if it is not there. */
function realSource(mount: Mount, bundle: string): string {
  const path = sourceIn(mount, bundle);
  try {
    return sys().realPath({ path });
  } catch (error) {
    if (isSystemError(error)) return path;
    throw error;
  }
}

function nearest<T>(place: string, byPlace: ReadonlyMap<string, T>): { readonly mount: T; readonly rest: string } | null {
  for (let above = place; above !== ''; above = above.slice(0, above.lastIndexOf('/'))) {
    const mount = byPlace.get(above);
    if (mount !== undefined) return { mount, rest: place.slice(above.length) };
  }
  return null;
}

/** Where a destination leads in a root, whose symbolic links count; the destination itself if nothing is there. */
export function placeIn(root: string, destination: string): string {
  let directory: Fd = -1;
  let fd: Fd = -1;
  try {
    directory = openRoot(root);
    fd = openInRoot(directory, destination);
    const [above, place] = [directory, fd].map((of) =>
      throughDescriptor({ fd: of, name: destination }, (path) => sys().readLink({ path })),
    );
    const inside = above === '/' ? (place ?? '') : (place ?? '').slice((above ?? '').length);
    return inside === '' ? '/' : inside;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return destination;
    throw error;
  } finally {
    for (const opened of [fd, directory]) if (opened >= 0) sys().close({ fd: opened });
  }
}

export interface MountSources {
  readonly saved: readonly SavedMount[];
  readonly spec: Spec;
  readonly rootfs: string;
  readonly bundle: string;
}

/**
 * Where the external mounts of an image come from now, as CRIU's option has it. The image says which ones there are, but names no source.
 */
export function mountSources({ saved, spec, rootfs, bundle }: MountSources): readonly { readonly key: string; readonly val: string }[] {
  const binds = (spec.mounts ?? []).filter(isBind);
  // For images of other runtimes, which do not say which mounts are external.
  const sources = new Map(binds.map((mount) => [placeIn(rootfs, mount.destination), sourceIn(mount, bundle)]));
  const ofHost = saved.some(({ rest }) => rest !== undefined) ? placesOfHost() : new Set<string>();
  for (const { place, destination, rest } of saved) {
    if (destination === undefined) {
      const source = sourceOf(spec, place);
      if (source === undefined)
        throw noSource(place, 'config.json has no such mask or device', 'add it to /linux/maskedPaths or /linux/devices');
      sources.set(place, source);
      continue;
    }
    const bind = binds.find((one) => one.destination === destination);
    if (bind === undefined) throw noSource(destination, 'config.json has no bind mount with this destination', 'add it to /mounts');
    const source = rest === undefined ? sourceIn(bind, bundle) : `${realSource(bind, bundle)}${rest}`;
    if (rest !== undefined && !ofHost.has(source)) throw noSource(place, `nothing is mounted on "${source}"`, 'mount it again on the host');
    sources.set(place, source);
  }
  return [...sources].map(([key, val]) => ({ key, val }));
}

function noSource(path: string, reason: string, remedy: string): RuntimeError {
  return new RuntimeError(`restore mount on "${path}": ${reason}`, {
    code: 'invalid-config',
    phase: 'restore',
    operation: 'mount',
    path,
    hint: `the container had it when it was checkpointed: ${remedy}`,
  });
}
