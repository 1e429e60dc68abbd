import { sys, isSystemError } from '../sys/call.js';

/** The controllers that a cgroup v2 directory offers to its children or, at the mount point, all that the host has on v2. */
export function cgroupControllers(directory: string): readonly string[] {
  return words(sys().readText({ path: `${directory}/cgroup.controllers`, limit: 4096 }));
}

/** The controllers that a cgroup v2 directory has enabled for its children. */
export function enabledControllers(directory: string): readonly string[] {
  return words(sys().readText({ path: `${directory}/cgroup.subtree_control`, limit: 4096 }));
}

/** Where a controller is that v2 does not offer: on a v1 hierarchy, disabled, or not built into the kernel. */
export type ControllerAbsence = 'v1' | 'disabled' | 'not-built' | 'unknown';

/**
 * Says why `controller` is not on v2, from /proc/cgroups (cgroups(7)): hierarchy 0 is v2, enabled 0 is cgroup_disable= on the kernel's
 * command line.
 */
export function controllerAbsence(controller: string): ControllerAbsence {
  let table: string;
  try {
    table = sys().readText({ path: '/proc/cgroups', limit: 65536 });
  } catch (error) {
    if (isSystemError(error)) return 'unknown';
    throw error;
  }
  // v1 has another name for io; hugetlb, memory, pids, cpu, cpuset, rdma and misc are the same.
  const name = controller === 'io' ? 'blkio' : controller;
  const row = table
    .split('\n')
    .map((line) => line.split('\t'))
    .find((fields) => fields[0] === name);
  if (row === undefined) return 'not-built';
  if (row[3] === '0') return 'disabled';
  return row[1] === '0' ? 'unknown' : 'v1';
}

/** The kernel separates the names with a space and ends the list, which may be empty, with a line break. */
function words(text: string): readonly string[] {
  return text
    .trim()
    .split(' ')
    .filter((word) => word !== '');
}
