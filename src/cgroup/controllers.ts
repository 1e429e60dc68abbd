import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { cgroupControllers, controllerAbsence, enabledControllers } from '../host/controllers.js';
import { sys, isSystemError } from '../sys/call.js';
import type { SystemError } from '../sys/contract.js';
import { controllerOf, type CgroupWrite } from './limits/writes.js';

/** What became of each controller on its way down to a cgroup. */
export interface HandedDown {
  /** The controllers that the cgroup has. */
  readonly controllers: readonly string[];
  /** Where each of the others stopped. */
  readonly refusals: readonly Refusal[];
}

interface Refusal {
  readonly controller: string;
  readonly ancestor: string;
  readonly error: SystemError;
}

/**
 * Enables every available controller from the mount point down to a cgroup (cgroup-v2.rst, "Enabling and Disabling"), as runc and crun do:
 * otherwise the cgroup has neither memory.current nor pids.current, and nothing to enable for cgroups that the container creates. An
 * ancestor that refuses one (EBUSY: it has processes; EOPNOTSUPP: it is threaded; EINVAL: cpu with real-time tasks) keeps it from its
 * children, which is an error only for a limit: {@link requireControllers}. Writes nothing if all are already enabled, as in the root after
 * the first container.
 */
export function handDownControllers({ mount, directory }: { readonly mount: string; readonly directory: string }): HandedDown {
  let controllers = cgroupControllers(mount);
  const refusals: Refusal[] = [];
  for (const ancestor of ancestorsOf(mount, directory)) {
    if (controllers.length === 0) break;
    const enabled = enabledControllers(ancestor);
    const missing = controllers.filter((controller) => !enabled.includes(controller));
    const refused = missing.length === 0 ? [] : enable(ancestor, missing);
    refusals.push(...refused);
    controllers = controllers.filter((controller) => !refused.some((one) => one.controller === controller));
  }
  return { controllers, refusals };
}

/** Throws if a limit needs a controller that did not come down. */
export function requireControllers({ mount, directory, writes, handedDown }: RequireControllers): void {
  for (const write of writes) {
    const controller = controllerOf(write.file);
    if (write.isDefault === true || controller === null || handedDown.controllers.includes(controller)) continue;
    const refusal = handedDown.refusals.find((one) => one.controller === controller);
    throw refusal === undefined ? controllerMissing(write, controller, mount, directory) : controllerRefused(write, refusal);
  }
}

export interface RequireControllers {
  readonly mount: string;
  readonly directory: string;
  readonly writes: readonly CgroupWrite[];
  readonly handedDown: HandedDown;
}

/** The mount point and every directory between it and the cgroup. */
function ancestorsOf(mount: string, directory: string): readonly string[] {
  const parts = directory
    .slice(mount.length)
    .split('/')
    .filter((part) => part !== '');
  return parts.map((_, index) => [mount, ...parts.slice(0, index)].join('/'));
}

/**
 * Enables them together if the kernel accepts that, otherwise one by one, so that a refused one does not affect the others. Enables none if
 * the ancestor has processes: the kernel would enable its threaded controllers (cpu, cpuset, pids), which makes it a threaded domain and
 * its children invalid (cgroup-v2.rst, "Threads"), so no process could be cloned into them.
 */
function enable(ancestor: string, controllers: readonly string[]): readonly Refusal[] {
  const error = hasProcesses(ancestor) ? busy(ancestor) : tryEnable(ancestor, controllers);
  if (error === null) return [];
  if (isSystemError(error, 'EBUSY') || controllers.length === 1) return controllers.map((controller) => ({ controller, ancestor, error }));
  return controllers.flatMap((controller) => {
    const refused = tryEnable(ancestor, [controller]);
    return refused === null ? [] : [{ controller, ancestor, error: refused }];
  });
}

/** Whether it is a cgroup with processes other than the root of the hierarchy, which may have both and has no cgroup.type. */
function hasProcesses(ancestor: string): boolean {
  if (!sys().access({ path: `${ancestor}/cgroup.type`, mode: 0 })) return false;
  try {
    return sys().readText({ path: `${ancestor}/cgroup.procs`, limit: 16 << 20 }) !== '';
  } catch (error) {
    // EOPNOTSUPP: it is threaded, as the write will report.
    if (isSystemError(error)) return false;
    throw error;
  }
}

function busy(ancestor: string): SystemError {
  return Object.assign(new Error('EBUSY'), { code: 'EBUSY', errno: 16, call: 'write', subject: `${ancestor}/cgroup.subtree_control` });
}

function tryEnable(ancestor: string, controllers: readonly string[]): SystemError | null {
  try {
    sys().writeFile({
      path: `${ancestor}/cgroup.subtree_control`,
      text: controllers.map((controller) => `+${controller}`).join(' '),
      flags: 0,
    });
    return null;
  } catch (error) {
    if (isSystemError(error)) return error;
    throw error;
  }
}

function controllerRefused(write: CgroupWrite, { controller, ancestor, error }: Refusal): RuntimeError {
  const path = `${ancestor}/cgroup.subtree_control`;
  return fromSystem(error, {
    code: isSystemError(error, 'EACCES', 'EPERM') ? 'permission' : 'setup',
    phase: 'cgroup',
    operation: `write "+${controller}" to`,
    path,
    hint: `${write.pointer} needs controller "${controller}"; ${refusalHint(error, ancestor)}`,
  });
}

function refusalHint(error: SystemError, ancestor: string): string {
  if (isSystemError(error, 'EBUSY'))
    return `"${ancestor}" has processes of its own: cgroup v2 gives controllers only to children of cgroups without any`;
  if (isSystemError(error, 'EOPNOTSUPP', 'ENOTSUP')) return `"${ancestor}" is threaded: choose a /linux/cgroupsPath in a domain cgroup`;
  if (isSystemError(error, 'EINVAL'))
    return 'the cpu controller cannot be enabled while there are real-time processes outside of the root cgroup (cgroup-v2.rst, "CPU")';
  return 'the cgroup must be delegated to this user, and not be threaded';
}

function controllerMissing(write: CgroupWrite, controller: string, mount: string, directory: string): RuntimeError {
  return new RuntimeError(`set ${write.file} of cgroup "${directory}": controller "${controller}" is not available in "${mount}"`, {
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
