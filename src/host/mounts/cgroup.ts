import { sys, isSystemError } from '../../sys/call.js';
import { latin1 } from '../latin1.js';
import { unescapeOctal } from './unescape_octal.js';

/** CGROUP2_SUPER_MAGIC of linux/magic.h. */
const cgroup2Magic = 0x63677270;

/** Where the cgroup v2 hierarchy is mounted, or null. Tries the usual places of unified and hybrid hosts first, then the mount table. */
export function findCgroupMount(): string | null {
  for (const path of ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']) {
    if (isCgroup2(path)) return path;
  }
  return parseCgroupMount(latin1(sys().readBytes({ path: '/proc/self/mountinfo', limit: 64 << 20 })));
}

/** Whether cgroup v2 is the only hierarchy, judging by where systemd mounts it. */
export function isUnified(): boolean {
  return isCgroup2('/sys/fs/cgroup');
}

/** Whether a path is on cgroup v2. */
export function isCgroup2(path: string): boolean {
  try {
    return sys().filesystemType({ path }) === cgroup2Magic;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}

/** The first mount of type cgroup2 that shows the whole hierarchy; the fields are those of proc_pid_mountinfo(5). */
export function parseCgroupMount(mountinfo: string): string | null {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , , root, mountPoint] = before.split(' ');
    if (after.startsWith('cgroup2 ') && root === '/' && mountPoint !== undefined) return unescapeOctal(mountPoint);
  }
  return null;
}
