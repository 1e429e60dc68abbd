import { fromSystem } from '../errors/from_system.js';
import type { HostFacts } from '../host/facts.js';
import { sys, isSystemError } from '../sys/call.js';
import { encodeSeccomp } from './encode.js';
import { jsonText } from '../json/text.js';
import type { Seccomp } from '../spec/types.js';
import { readCached, writeCached } from '../cache/directory.js';

export interface FilterRequest {
  readonly seccomp: Seccomp | undefined;
  /** The filter depends on the architecture. */
  readonly host: HostFacts;
  /** Forbids writing anything, for `tsrun plan`. */
  readonly dry?: boolean;
}

/**
 * The digest of the code that generates filters, because other code may generate another filter from the same profile. A unit test compares
 * it with the sources.
 */
export const madeBy = 'a73ce5a9aec69d4c';
/** BPF_MAXINSNS instructions of struct sock_filter. */
const instructionSize = 8;
const largestFilter = 4096 * instructionSize;

const isFilter = (size: number): boolean => size > 0 && size <= largestFilter && size % instructionSize === 0;

/**
 * Compiles the profile to a filter program. libseccomp takes tens of milliseconds for a full profile, so the result is kept, by profile,
 * machine and versions.
 */
export function compileFilter(request: FilterRequest): Uint8Array | null {
  if (request.seccomp === undefined) return null;
  const key = sys().digest({ text: [madeBy, request.host.machine, sys().versions().seccomp, jsonText(request.seccomp)].join('\n') });
  const kept = readCached({ key, accepts: isFilter });
  if (kept !== null) return kept;
  const filter = compile(request.seccomp, request.host.machine);
  if (request.dry !== true) writeCached({ key, data: filter });
  return filter;
}

function compile(seccomp: Seccomp, machine: string): Uint8Array {
  const profile = encodeSeccomp({ seccomp, machine });
  try {
    return sys().compileSeccomp({ profile });
  } catch (error) {
    throw fromSystem(error, {
      code: 'unsupported',
      phase: 'plan',
      operation: 'compile seccomp profile',
      path: '/linux/seccomp',
      ...(isSystemError(error, 'E2BIG') ? { hint: 'the kernel takes filters of at most 4096 instructions' } : {}),
    });
  }
}
