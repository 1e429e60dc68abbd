import { sys, isSystemError } from '../sys/call.js';

/** SELINUX_MAGIC of linux/magic.h. */
const selinuxMagic = 0xf97cff8c;

/** Whether AppArmor is built in and enabled. */
export function apparmorEnabled(): boolean {
  try {
    // sysfs gives every file the size of a page.
    return sys().readText({ path: '/sys/module/apparmor/parameters/enabled', limit: 65536 }).startsWith('Y');
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}

/**
 * Whether SELinux is enabled: its file system is mounted and a policy is loaded. Until then every label is accepted and means nothing: all
 * processes are called "kernel" (security_context_to_sid_core() of security/selinux/ss/services.c).
 */
export function selinuxEnabled(): boolean {
  try {
    if (sys().filesystemType({ path: '/sys/fs/selinux' }) !== selinuxMagic) return false;
    return sys().readText({ path: '/proc/self/attr/current', limit: 65536 }).replace(/\0$/, '') !== 'kernel';
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}
