import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime-error.js';
import { cgroupControllers, controllerAbsence } from '../host/controllers.js';
import { door, isSystemError } from '../native/call.js';
import { controllerOf, type CgroupWrite } from './writes.js';

export interface EnableControllers {
  readonly mount: string;
  readonly directory: string;
  readonly writes: readonly CgroupWrite[];
}

/**
 * Hands the controllers that the limits need down from the mount point to the container's cgroup (cgroup-v2.rst, "Enabling and Disabling"). Controllers
 * that are there already, or that nothing needs, are not touched: enabling one makes every process below pay for it.
 */
export function enableControllers({ mount, directory, writes }: EnableControllers): void {
  const needed = writes.filter((write) => write.isDefault !== true && controllerOf(write.file) !== null);
  if (needed.length === 0) return;
  const there = cgroupControllers(directory);
  const lacking = needed.filter((write) => !there.includes(controllerOf(write.file) as string));
  if (lacking.length === 0) return;
  const controllers = [...new Set(lacking.map((write) => controllerOf(write.file)))];
  for (const ancestor of ancestorsOf(mount, directory)) {
    const offered = cgroupControllers(ancestor);
    const missing = lacking.find((write) => !offered.includes(controllerOf(write.file) as string));
    if (missing !== undefined) throw controllerMissing(missing, ancestor, directory);
    enable(ancestor, controllers.map((controller) => `+${controller}`).join(' '));
  }
}

/** The mount point and every directory between it and the cgroup. */
function ancestorsOf(mount: string, directory: string): readonly string[] {
  const parts = directory.slice(mount.length).split('/').filter((part) => part !== '');
  return parts.map((_, index) => [mount, ...parts.slice(0, index)].join('/'));
}

function enable(ancestor: string, text: string): void {
  const path = `${ancestor}/cgroup.subtree_control`;
  try {
    door().writeFile({ path, text, flags: 0 });
  } catch (error) {
    throw fromSystem(error, {
      code: isSystemError(error, 'EACCES', 'EPERM') ? 'permission' : 'setup',
      phase: 'cgroup',
      operation: `write "${text}" to`,
      path,
      hint: isSystemError(error, 'EBUSY')
        ? `"${ancestor}" has processes of its own: cgroup v2 gives controllers only to children of cgroups without any`
        : 'the cgroup must be delegated to this user, and not be threaded',
    });
  }
}

function controllerMissing(write: CgroupWrite, ancestor: string, directory: string): RuntimeError {
  const controller = controllerOf(write.file) as string;
  return new RuntimeError(`set ${write.file} of cgroup "${directory}": controller "${controller}" is not available in "${ancestor}"`, {
    code: 'controller-missing',
    phase: 'cgroup',
    operation: 'limit',
    path: write.pointer,
    hint: `${remedy(controller)}, or remove ${write.pointer} from config.json`,
  });
}

function remedy(controller: string): string {
  switch (controllerAbsence(controller)) {
    case 'v1':
      return `on this host the controller is bound to cgroup v1: boot with cgroup_no_v1=${controller} (or systemd.unified_cgroup_hierarchy=1)`;
    case 'disabled':
      return 'the controller is switched off by cgroup_disable= on the command line of the kernel';
    case 'not-built':
      return 'the kernel was built without the controller';
    case 'unknown':
      return 'the controller is not delegated to this cgroup: enable it in cgroup.subtree_control of its parents (Delegate=yes of systemd)';
  }
}
