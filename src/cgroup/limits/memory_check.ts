import { RuntimeError } from '../../errors/runtime_error.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { Resources } from '../../spec/types.js';

/**
 * `checkBeforeUpdate` (config-linux.md, "Memory"): cgroup v1 refused a limit below the memory in use; v2 accepts it and kills. With this
 * field tsrun refuses it too.
 */
export function checkMemoryUsage({ cgroup, memory }: { readonly cgroup: Fd; readonly memory: Resources['memory'] }): void {
  if (memory?.checkBeforeUpdate !== true) return;
  const used = current(cgroup, 'memory.current');
  const limit = memory.limit ?? 0;
  if (limit > 0 && used > limit) throw tooLow('limit', `unable to set memory limit to ${limit} (current usage: ${used})`);
  const swap = memory.swap ?? 0;
  if (swap <= 0) return;
  const usedSwap = current(cgroup, 'memory.swap.current');
  if (used + usedSwap > swap) throw tooLow('swap', `unable to set memory+swap limit to ${swap} (current usage: ${used + usedSwap})`);
}

function current(directory: Fd, path: string): number {
  try {
    return Number(sys().readText({ path, directory, limit: 64 }));
  } catch (error) {
    // Without the controller, or without swap accounting, nothing is counted.
    if (isSystemError(error, 'ENOENT')) return 0;
    throw error;
  }
}

function tooLow(field: string, message: string): RuntimeError {
  return new RuntimeError(message, {
    code: 'setup',
    phase: 'cgroup',
    operation: 'limit',
    path: `/linux/resources/memory/${field}`,
    errno: 'EBUSY',
    hint: 'raise the limit, or leave checkBeforeUpdate out to let the kernel reclaim or kill',
  });
}
