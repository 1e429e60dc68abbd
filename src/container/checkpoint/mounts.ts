import { RuntimeError } from '../../errors/runtime_error.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import { unescapeOctal } from '../../host/mounts/unescape_octal.js';
import { isBind } from '../../spec/mounts.js';
import type { Spec } from '../../spec/types.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { SavedMount } from './image.js';

const O_PATH = 0o10000000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_IN_ROOT = 0x10;

/** A line of /proc/PID/mountinfo (proc(5)). */
export interface ContainerMount {
  readonly id: number;
  readonly device: string;
  /** What of the file system is mounted. */
  readonly root: string;
  readonly place: string;
  readonly type: string;
}

/** The mounts of a container, in its own order. */
export function containerMounts(pid: number): readonly ContainerMount[] {
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
 * The mounts whose source CRIU cannot know: bind mounts of config.json with what is mounted below them, and others of a file system that
 * is not mounted in the container as a whole, such as nodes of the host's devices.
 */
export function externalMounts(spec: Spec, pid: number): readonly SavedMount[] {
  const mounts = containerMounts(pid);
  const configured = (spec.mounts ?? []).map((mount) => ({ mount, place: placeIn(`/proc/${pid}/root`, mount.destination) }));
  const byPlace = new Map(configured.map(({ mount, place }) => [place, mount] as const));
  const own = mounts.slice(1).filter(({ place }) => place !== '/');
  return own.flatMap((mounted): readonly SavedMount[] => {
    const { place } = mounted;
    const owner = nearest(place, byPlace);
    if (owner !== null && isBind(owner.mount))
      return [{ place, destination: owner.mount.destination, ...(owner.rest === '' ? {} : { rest: owner.rest }) }];
    // Of the same file system in the container, CRIU mounts it again by itself.
    if (mounts.some(({ device, root, type }) => device === mounted.device && type === mounted.type && root === '/')) return [];
    return owner !== null && owner.rest === '' ? [] : [{ place, source: sourceOf(spec, mounted) }];
  });
}

/** The source at a restore of what tsrun mounts by itself: masks are the null device, and devices are those of the host. */
function sourceOf(spec: Spec, { place }: ContainerMount): string {
  return (spec.linux?.maskedPaths ?? []).includes(place) ? '/dev/null' : place;
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
    directory = sys().open({ path: root, flags: O_PATH });
    fd = sys().open({ path: destination, flags: O_PATH, directory, resolve: RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS });
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

/** Where the external mounts of an image come from now, as CRIU's option has it. */
export function mountSources({
  saved,
  spec,
  rootfs,
  bundle,
}: {
  readonly saved: readonly SavedMount[];
  readonly spec: Spec;
  readonly rootfs: string;
  readonly bundle: string;
}): readonly { readonly key: string; readonly val: string }[] {
  const binds = (spec.mounts ?? []).filter(isBind).map(({ destination, source = '' }) => ({
    destination,
    source: source.startsWith('/') ? source : `${bundle}/${source}`,
  }));
  // For images of other runtimes, which do not say which mounts are external.
  const sources = new Map(binds.map(({ destination, source }) => [placeIn(rootfs, destination), source]));
  for (const { place, destination, rest = '', source } of saved) {
    const bind = binds.find((one) => one.destination === destination);
    if (destination !== undefined && bind === undefined) throw noSource(destination);
    sources.set(place, bind === undefined ? (source ?? place) : `${bind.source}${rest}`);
  }
  return [...sources].map(([key, val]) => ({ key, val }));
}

function noSource(destination: string): RuntimeError {
  return new RuntimeError(`restore mount on "${destination}": config.json has no bind mount with this destination`, {
    code: 'invalid-config',
    phase: 'restore',
    operation: 'mount',
    path: destination,
    hint: 'the container had one when it was checkpointed: add it to /mounts',
  });
}
