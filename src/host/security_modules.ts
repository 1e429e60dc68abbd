import { door, isSystemError } from '../native/call.js';

/** SELINUX_MAGIC of linux/magic.h. */
const selinuxMagic = 0xf97cff8c;

/** Whether AppArmor is built in and switched on. */
export function apparmorEnabled(): boolean {
  try {
    // sysfs gives every file the size of a page.
    return door().readText({ path: '/sys/module/apparmor/parameters/enabled', limit: 65536 }).startsWith('Y');
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}

/** Whether SELinux is on: then its file system is mounted (selinuxfs on /sys/fs/selinux). */
export function selinuxEnabled(): boolean {
  try {
    return door().filesystemType({ path: '/sys/fs/selinux' }) === selinuxMagic;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}
