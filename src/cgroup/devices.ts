import { fromSystem } from '../errors/from_system.js';
import { door } from '../native/call.js';
import type { Fd } from '../native/contract.js';
import { deviceProgram } from '../plan/device_rules.js';
import type { DeviceRule } from '../spec/types.js';

export interface AttachDeviceRules {
  /** The container's cgroup. */
  readonly cgroup: Fd;
  readonly rules: readonly DeviceRule[] | undefined;
  /** For `update`: instead of the program that tsrun attached before. */
  readonly replace?: boolean;
}

/** Lets the container's processes use the devices that the rules allow, and no others: cgroup v2 has no device controller but a BPF program. */
export function attachDeviceRules({ cgroup, rules, replace = false }: AttachDeviceRules): void {
  try {
    door().attachDeviceProgram({ cgroup, program: deviceProgram(rules), replace });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'cgroup',
      operation: 'attach device program',
      path: '/linux/resources/devices',
      hint: 'it needs CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN), and a kernel with CONFIG_CGROUP_BPF',
    });
  }
}
