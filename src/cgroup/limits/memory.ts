import { RuntimeError } from '../../errors/runtime_error.js';
import type { Integer64 } from '../../json/integer64.js';
import type { Resources } from '../../spec/types.js';
import { unsupportedOnV2 } from './unsupported.js';
import type { CgroupWrite } from './writes.js';

const base = '/linux/resources/memory';

/**
 * memory.max, memory.swap.max and memory.low. As in runc, 0 means not set and -1 no limit. The specification allows ignoring `kernel` and
 * `kernelTCP`, and cgroup v2 always does what `useHierarchy` asks for.
 */
export function memoryWrites(memory: Resources['memory']): readonly CgroupWrite[] {
  if (memory === undefined) return [];
  if (memory.swappiness !== undefined)
    throw unsupportedOnV2(`${base}/swappiness`, 'swappiness', 'remove it, or set sysctl vm.swappiness for the whole host');
  if (memory.disableOOMKiller === true) {
    throw unsupportedOnV2(
      `${base}/disableOOMKiller`,
      'switch for the OOM killer',
      'remove it; memory.high in /linux/resources/unified slows a container down instead of killing it',
    );
  }
  const swap = swapLimit(memory.limit ?? 0, memory.swap ?? 0);
  return [
    // A host without swap accounting has no memory.swap.max, and no swap and any swap are the same there.
    ...bytes('memory.swap.max', swap, `${base}/swap`, swap === 'max' || swap === '0'),
    ...bytes('memory.max', limitText(memory.limit ?? 0), `${base}/limit`),
    ...bytes('memory.low', limitText(memory.reservation ?? 0), `${base}/reservation`, false),
  ];
}

/** The specification counts memory plus swap, cgroup v2 only swap. */
function swapLimit(limit: Integer64, swap: Integer64): string | undefined {
  // v1 had no swap limit without a memory limit, so removing one removes the other.
  if (swap === 0) return limit === -1 ? 'max' : undefined;
  if (swap === -1) return 'max';
  if (limit === -1) return String(swap);
  if (limit === 0) throw invalid('unable to set swap limit without memory limit');
  if (swap < limit) throw invalid('memory+swap limit should be >= memory limit');
  return String(BigInt(swap) - BigInt(limit));
}

function limitText(limit: Integer64): string | undefined {
  if (limit === 0) return undefined;
  return limit < 0 ? 'max' : String(limit);
}

function bytes(file: string, value: string | undefined, pointer: string, isDefault = value === 'max'): readonly CgroupWrite[] {
  return value === undefined ? [] : [{ file, value, pointer, isDefault }];
}

function invalid(message: string): RuntimeError {
  return new RuntimeError(message, { code: 'invalid-config', phase: 'cgroup', operation: 'limit', path: `${base}/swap` });
}
