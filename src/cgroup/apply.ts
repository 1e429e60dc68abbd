import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import type { Resources } from '../spec/types.js';
import { requireControllers, type HandedDown } from './controllers.js';
import type { HeldCgroup } from './identity.js';
import { limitWrites } from './limits/index.js';
import { checkMemoryUsage } from './limits/memory_check.js';
import { controllerOf, type CgroupWrite } from './limits/writes.js';

export interface ApplyLimits {
  /** The mount point of the hierarchy. */
  readonly mount: string;
  /** Absolute directory of the container's cgroup, and a descriptor of it. */
  readonly directory: string;
  readonly fd: Fd;
  /** The controllers of the cgroup. */
  readonly handedDown: HandedDown;
  readonly resources: Resources;
}

/**
 * Sets the limits of a cgroup.
 * @throws RuntimeError `controller-missing` if a limit needs a controller that is not available; names the file and the value if the kernel
 * refuses a write.
 */
export function applyLimits({ mount, directory, fd, handedDown, resources }: ApplyLimits): void {
  const writes = limitWrites(resources);
  if (writes.length === 0) return;
  requireControllers({ mount, directory, writes, handedDown });
  checkMemoryUsage({ cgroup: fd, memory: resources.memory });
  for (const write of writes) applyWrite({ directory, fd }, write);
}

/** One of the writes of {@link applyLimits}. */
export function applyWrite(cgroup: HeldCgroup, write: CgroupWrite): void {
  if (tryWrite(cgroup, write, write.file, write.value)) return;
  if (write.otherwise !== undefined && tryWrite(cgroup, write, write.otherwise.file, write.otherwise.value)) return;
  if (write.isDefault === true || isReservation(write.file)) return;
  const file = write.otherwise?.file ?? write.file;
  throw new RuntimeError(`write "${write.value}" to "${cgroup.directory}/${file}": no such file or directory (ENOENT)`, {
    code: 'unsupported',
    phase: 'cgroup',
    operation: 'limit',
    path: write.pointer,
    errno: 'ENOENT',
    hint: file.startsWith('hugetlb.')
      ? 'this host has no huge pages of that size: see /sys/kernel/mm/hugepages'
      : `this kernel does not have ${file}: remove ${write.pointer} from config.json, or use one that has it`,
  });
}

/** Returns false if the file does not exist. */
function tryWrite({ directory, fd }: HeldCgroup, write: CgroupWrite, file: string, value: string): boolean {
  const path = `${directory}/${file}`;
  try {
    sys().writeFile({ path: file, directory: fd, text: value, flags: 0 });
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    const failure = fromSystem(error, { code: 'setup', phase: 'cgroup', operation: `write "${value}" to`, path });
    throw new RuntimeError(failure.message, {
      code: isSystemError(error, 'EACCES', 'EPERM') ? 'permission' : 'setup',
      phase: 'cgroup',
      operation: 'limit',
      path: write.pointer,
      ...(failure.errno === undefined ? {} : { errno: failure.errno }),
      hint: hintFor(error, write),
      cause: error,
    });
  }
}

/** Reservations of huge pages are counted since Linux 5.7, and only if the controller is built with them. */
function isReservation(file: string): boolean {
  return file.startsWith('hugetlb.') && file.endsWith('.rsvd.max');
}

function hintFor(error: unknown, write: CgroupWrite): string {
  if (isSystemError(error, 'EACCES', 'EPERM')) return 'the cgroup is not delegated to this user, or the file cannot be written';
  if (isSystemError(error, 'ENODEV')) return `the device in ${write.pointer} does not exist on this host`;
  if (isSystemError(error, 'EBUSY'))
    return 'more than this is in use, and the kernel does not take it away: raise the limit, or end processes of the container first';
  return `the kernel does not accept this value of ${write.pointer} for controller ${controllerOf(write.file) ?? 'cgroup'}`;
}
