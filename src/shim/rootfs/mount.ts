import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { isSystemError, sys } from '../../sys/call.js';
import { openInRoot, openRoot } from '../../host/open_in_root.js';
import type { Fd, Sys } from '../../sys/contract.js';
import type { Partially } from '../../protobuf/message.js';
import type { mount } from '../wire/messages.js';
import { takeIdMaps } from './id_map.js';
import { openMapped } from './mapped.js';
import { mountFlags, parseOptions } from './options.js';
import { lowerLayers, shortened } from './overlay.js';
import { unmountRootfs } from './unmount.js';

/** mount(2) takes one page of options. */
const mostData = 4095;
/** OVL_MAX_STACK of fs/overlayfs/params.h. */
const mostLayers = 500;

export interface MountRootfs {
  /** The bundle's `rootfs`. */
  readonly target: string;
  readonly mounts: readonly Partially<typeof mount>[];
}

/** Mounts the root file system of a container, as containerd's snapshotter describes it. Unmounts again what it mounted if one fails. */
export function mountRootfs({ target, mounts }: MountRootfs): void {
  if (mounts.length === 0) return;
  makeDirectory(target);
  let made = 0;
  try {
    for (const one of mounts) {
      const inside = one.target ?? '';
      // What is unmounted later is the root with all that is mounted in it.
      if (inside !== '' && made === 0) throw withoutRoot(target, inside);
      // Counted as soon as it is there: its flags or its propagation may still fail.
      mountOne(one, { at: inside === '' ? (work) => work(target) : (work) => inRoot(target, inside, work), onMade: () => made++ });
    }
  } catch (error) {
    if (made > 0) unmountRootfs(target);
    throw error;
  }
}

function makeDirectory(path: string): void {
  try {
    sys().makeDirectory({ path, mode: 0o711 });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'create directory', path });
  }
}

/**
 * Calls `work` with a path that leads to a directory in the root file system, wherever the symbolic links of an image lead: from there, the
 * root is `/`.
 */
function inRoot(root: string, path: string, work: (target: string) => void): void {
  const opened: Fd[] = [];
  try {
    const directory = openRoot(root);
    opened.push(directory);
    const fd = openInRoot(directory, path);
    opened.push(fd);
    work(`/proc/self/fd/${fd}`);
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'find target of mount', path: `${root}/${path}` });
  } finally {
    for (const fd of opened) sys().close({ fd });
  }
}

interface Placing {
  /** Calls back with the path of the target as it is then: after a mount, that of what is mounted there. */
  readonly at: (work: (target: string) => void) => void;
  /** Called when something is mounted there. */
  readonly onMade: () => void;
}

function mountOne({ type = '', source = '', options = [] }: Partially<typeof mount>, { at, onMade }: Placing): void {
  const { maps, rest } = takeIdMaps(options);
  const { flags, propagation, data } = parseOptions(rest);
  const bind = (flags & mountFlags.bind) !== 0;
  if (type === 'overlay' && lowerLayers(data).length > mostLayers) at((target) => tooMany(target));
  if (maps !== null) at((target) => mountMapped({ type, source, flags, data, maps, target }));
  else {
    const { directory, text } = dataOf(type, data);
    const place = directory === undefined ? {} : { directory };
    const own = bind ? flags & (mountFlags.bind | mountFlags.recursive) : flags;
    at((target) => call({ type: bind ? '' : type, source, target, flags: own, data: text, ...place }));
  }
  onMade();
  // The kernel ignores all other flags of a bind mount until a remount.
  const others = flags & ~(mountFlags.bind | mountFlags.recursive);
  if (bind && others !== 0) at((target) => call({ ...plain, target, flags: mountFlags.remount | mountFlags.bind | others }));
  if (propagation !== 0) at((target) => call({ ...plain, target, flags: propagation }));
}

const plain = { type: '', source: '', data: '' } as const;

function call(o: Parameters<Sys['mount']>[0]): void {
  if (o.data.length > mostData) throw tooLong(o.target);
  try {
    sys().mount(o);
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: `mount ${o.type === '' ? 'rootfs' : o.type}`, path: o.target });
  }
}

function mountMapped(mount: Parameters<typeof openMapped>[0]): void {
  const fd = openMapped(mount);
  try {
    sys().attachMount({ mount: fd, target: mount.target });
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'mount rootfs', path: mount.target });
  } finally {
    sys().close({ fd });
  }
}

function dataOf(type: string, data: readonly string[]): { readonly directory?: string; readonly text: string } {
  const text = data.join(',');
  return type === 'overlay' && text.length > mostData ? shortened(data) : { text };
}

function withoutRoot(root: string, target: string): RuntimeError {
  return new RuntimeError(`mount "${target}" of the root file system: nothing is mounted on its root`, {
    code: 'unsupported',
    phase: 'setup',
    operation: 'mount',
    path: root,
    hint: 'the first mount of a snapshot must have no target',
  });
}

function tooMany(path: string): never {
  throw new RuntimeError(`mount rootfs overlay on "${path}": it has more than ${mostLayers} layers`, {
    code: 'unsupported',
    phase: 'setup',
    operation: 'mount',
    path,
    hint: 'the kernel takes no more: build the image with fewer layers',
  });
}

function tooLong(path: string): RuntimeError {
  return new RuntimeError(`mount rootfs on "${path}": more than ${mostData} bytes of options`, {
    code: 'unsupported',
    phase: 'setup',
    operation: 'mount',
    path,
    hint: 'the image has too many layers, or the snapshotter has a root with a very long path',
  });
}
