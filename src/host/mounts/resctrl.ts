import { sys } from '../../sys/call.js';
import { latin1 } from '../latin1.js';

/** Where the kernel's documentation mounts it (Documentation/filesystems/resctrl.rst). */
const usualPlace = '/sys/fs/resctrl';

/**
 * Where the resctrl file system is mounted, or null. The usual place also counts if its type is not resctrl but it looks like one: runtimes
 * in virtual machines and tests get their own trees there, and only root can put anything below /sys.
 */
export function findResctrlMount(): string | null {
  if (isResctrlTree(usualPlace)) return usualPlace;
  return parseResctrlMount(latin1(sys().readBytes({ path: '/proc/self/mountinfo', limit: 64 << 20 })));
}

function isResctrlTree(path: string): boolean {
  return ['info', 'schemata'].every((name) => sys().access({ path: `${path}/${name}`, mode: 0 }));
}

/** The first mount of type resctrl (proc_pid_mountinfo(5)). */
export function parseResctrlMount(mountinfo: string): string | null {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ', 2);
    if (after.startsWith('resctrl ')) return before.split(' ')[4] ?? null;
  }
  return null;
}
