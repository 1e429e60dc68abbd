import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { isSystemError, sys } from '../../sys/call.js';
import type { Partially } from '../wire/message.js';
import type { mount } from '../wire/messages.js';
import { mountFlags, parseOptions } from './options.js';
import { shortened } from './overlay.js';

/** mount(2) takes one page of options. */
const mostData = 4095;

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
      mountOne(one, one.target === undefined || one.target === '' ? target : `${target}/${one.target}`);
      made++;
    }
  } catch (error) {
    if (made > 0) unmountRootfs(target);
    throw error;
  }
}

/** Unmounts everything that is mounted there. */
export function unmountRootfs(target: string): void {
  for (;;) {
    try {
      sys().unmount({ path: target, detach: true });
    } catch (error) {
      // Nothing is mounted there, or there is no such directory.
      if (isSystemError(error, 'EINVAL', 'ENOENT', 'ENOTDIR')) return;
      throw fromSystem(error, { code: 'setup', phase: 'delete', operation: 'unmount', path: target });
    }
  }
}

function makeDirectory(path: string): void {
  try {
    sys().makeDirectory({ path, mode: 0o711 });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw fromSystem(error, { code: 'setup', phase: 'setup', operation: 'create directory', path });
  }
}

function mountOne({ type = '', source = '', options = [] }: Partially<typeof mount>, target: string): void {
  const { flags, propagation, data } = parseOptions(options);
  const bind = (flags & mountFlags.bind) !== 0;
  const { directory, text } = dataOf(type, data);
  if (text.length > mostData) throw tooLong(target);
  const call = (o: { flags: number; type?: string; source?: string; data?: string }): void => {
    try {
      sys().mount({ type: '', source: '', data: '', target, ...o, ...(directory === undefined ? {} : { directory }) });
    } catch (error) {
      throw fromSystem(error, { code: 'setup', phase: 'setup', operation: `mount ${type === '' ? 'rootfs' : type}`, path: target });
    }
  };
  call({ type: bind ? '' : type, source, flags: bind ? flags & (mountFlags.bind | mountFlags.recursive) : flags, data: text });
  // The kernel ignores all other flags of a bind mount, until it is mounted again.
  const others = flags & ~(mountFlags.bind | mountFlags.recursive);
  if (bind && others !== 0) call({ flags: mountFlags.remount | mountFlags.bind | others });
  if (propagation !== 0) call({ flags: propagation });
}

function dataOf(type: string, data: readonly string[]): { readonly directory?: string; readonly text: string } {
  const text = data.join(',');
  return type === 'overlay' && text.length > mostData ? shortened(data) : { text };
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
