import { fromSystem } from '../../errors/from_system.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { deviceProgram } from './rules.js';
import type { DeviceRule } from '../../spec/types.js';

export interface AttachDeviceRules {
  /** The container's cgroup. */
  readonly cgroup: Fd;
  readonly rules: readonly DeviceRule[] | undefined;
  /** For `update`: replaces the program that tsrun attached before. */
  readonly replace?: boolean;
  /** Of a program that creates more than one container. */
  readonly programs?: DevicePrograms | undefined;
}

/** Lets the container's processes use only the devices that the rules allow. cgroup v2 has no device controller, only BPF programs. */
export function attachDeviceRules({ cgroup, rules, replace = false, programs }: AttachDeviceRules): void {
  try {
    const program = programs === undefined ? load(rules) : programs.get(rules);
    try {
      sys().attachDeviceProgram({ cgroup, program, replace });
    } finally {
      if (programs === undefined) sys().close({ fd: program });
    }
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'cgroup',
      operation: 'attach device program',
      path: '/linux/resources/devices',
      hint: isSystemError(error, 'E2BIG', 'EFAULT')
        ? `a program for ${rules?.length ?? 0} rules is more than the kernel verifies: use fewer rules, or wildcards`
        : 'it needs CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN), and a kernel with CONFIG_CGROUP_BPF',
    });
  }
}

const mostKept = 8;

/**
 * Loaded programs, by their rules. One can be attached to any number of cgroups, and most containers have the same rules; then the kernel
 * verifies and compiles them only once, which takes as long as half of a container's mounts.
 */
export class DevicePrograms {
  readonly #loaded = new Map<string, Fd>();

  /** We keep the program. */
  get(rules: readonly DeviceRule[] | undefined): Fd {
    const key = JSON.stringify(rules ?? []);
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    const program = load(rules);
    const [oldest] = this.#loaded;
    if (this.#loaded.size >= mostKept && oldest !== undefined) {
      this.#loaded.delete(oldest[0]);
      sys().close({ fd: oldest[1] });
    }
    this.#loaded.set(key, program);
    return program;
  }
}

function load(rules: readonly DeviceRule[] | undefined): Fd {
  return sys().loadDeviceProgram({ program: deviceProgram(rules) });
}
