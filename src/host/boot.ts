import { fromSystem } from '../errors/from_system.js';
import { throughDescriptor, type OpenFile } from '../errors/through_descriptor.js';
import { sys } from '../sys/call.js';

/** f_type of file systems in memory (linux/magic.h: TMPFS_MAGIC, RAMFS_MAGIC), whose content does not survive a boot. */
const inMemory: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/**
 * Returns the boot id that a file in this directory must contain to be understood after a reboot; nothing if the file cannot outlive the
 * boot.
 */
export function bootIdFor(directory: OpenFile): string | undefined {
  const type = throughDescriptor(directory, (path) => sys().filesystemType({ path }));
  return inMemory.has(type) ? undefined : currentBootId();
}

/** Whether something was written since the machine booted: only then are its process ids, start times and inodes of cgroups valid. */
export function isOfThisBoot({ bootId }: { readonly bootId?: string | undefined }): boolean {
  return bootId === undefined || bootId === currentBootId();
}

let current: string | undefined;

function currentBootId(): string {
  const path = '/proc/sys/kernel/random/boot_id';
  try {
    return (current ??= sys().readText({ path, limit: 64 }).trim());
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'state', operation: 'read', path });
  }
}
