import type { HostFacts } from '../../host/facts.js';
import { schedulerFlags, schedulerPolicies } from '../../spec/names/scheduling/scheduler.js';
import { filterAllows } from './filter_allows.js';
import type { Operation } from '../../protocol/operations.js';

/** CLONE_PARENT, and TIOCSCTTY of asm-generic/ioctls.h. */
const [cloneParent, controlTerminal] = [0x8000, 0x540e];

/**
 * AUDIT_ARCH_* of linux/audit.h, and the calls that tsrun-init makes from `respawn` to the end of the plan, by number (asm/unistd.h). Other
 * calls may fail.
 */
const machines: Readonly<
  Record<string, { readonly architecture: number; readonly numbers: Readonly<Record<keyof typeof needed, number>> }>
> = {
  x86_64: {
    architecture: 0xc000003e,
    numbers: { read: 0, write: 1, close: 3, ioctl: 16, clone: 56, setsid: 112, schedSetaffinity: 203, exitGroup: 231, prlimit64: 302 },
  },
  aarch64: {
    architecture: 0xc00000b7,
    numbers: { read: 63, write: 64, close: 57, ioctl: 29, clone: 220, setsid: 157, schedSetaffinity: 122, exitGroup: 94, prlimit64: 261 },
  },
};
const needed = {
  read: [],
  write: [],
  close: [],
  ioctl: [0, controlTerminal],
  clone: [cloneParent],
  setsid: [],
  schedSetaffinity: [],
  exitGroup: [],
  prlimit64: [],
} as const;

/**
 * Whether a process that joins a pid namespace can get its final rights before it joins: everything that these operations set must be
 * inherited by a sibling, and the filter among them, if any, must allow creating it. SCHED_DEADLINE and SCHED_FLAG_RESET_ON_FORK are not
 * inherited (sched(7)); a listener is fetched from the process that stays.
 */
export function finishesOutside(operations: readonly Operation[], { machine }: HostFacts): boolean {
  return operations.every((operation) => {
    if (operation.op === 'scheduler') {
      return (
        operation.policy !== schedulerPolicies.SCHED_DEADLINE && (operation.schedFlags & schedulerFlags.SCHED_FLAG_RESET_ON_FORK) === 0
      );
    }
    return operation.op !== 'seccomp' || (operation.listener === 0 && allowsRespawn(operation.filter as Uint8Array, machine));
  });
}

function allowsRespawn(filter: Uint8Array, machine: string): boolean {
  const known = machines[machine];
  if (known === undefined) return false;
  const { architecture, numbers } = known;
  return (Object.keys(needed) as (keyof typeof needed)[]).every((name) =>
    filterAllows(filter, { architecture, number: numbers[name], args: needed[name] }),
  );
}
