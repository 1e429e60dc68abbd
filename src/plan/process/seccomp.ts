import { RuntimeError } from '../../errors/runtime_error.js';
import { seccompFlags } from '../../spec/names/seccomp.js';
import type { Seccomp } from '../../spec/types.js';
import type { Operation } from '../../protocol/operations.js';

export interface SeccompLoad {
  readonly seccomp: Seccomp | undefined;
  /** The compiled profile; null if there is none. */
  readonly filter: Uint8Array | null;
}

/** The operation that loads the seccomp filter. */
export function seccompOperation({ seccomp, filter }: SeccompLoad): readonly Operation[] {
  if (seccomp === undefined || filter === null) return [];
  const listener = usesNotify(seccomp);
  return [{ op: 'seccomp', filterFlags: filterFlags(seccomp, listener), listener: listener ? 1 : 0, filter }];
}

/** The profile needs an agent that answers its notifications; without one every such call would fail with ENOSYS (seccomp_unotify(2)). */
function usesNotify(seccomp: Seccomp): boolean {
  const notifies = (seccomp.syscalls ?? []).some(({ action }) => action === 'SCMP_ACT_NOTIFY');
  if (notifies && (seccomp.listenerPath ?? '') === '') {
    throw new RuntimeError('load seccomp profile: action SCMP_ACT_NOTIFY needs a listenerPath', {
      code: 'invalid-config',
      phase: 'plan',
      operation: 'seccomp',
      path: '/linux/seccomp/listenerPath',
    });
  }
  return notifies;
}

/**
 * Flags of seccomp(2). An absent list means SPEC_ALLOW, an empty one no flags, as in runc and crun. TSYNC concerns threads, and tsrun-init
 * has only one; together with a listener the kernel would reject it. WAIT_KILLABLE_RECV is only allowed with a listener.
 */
function filterFlags({ flags }: Seccomp, listener: boolean): number {
  if (flags === undefined) return seccompFlags.SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  let bits = 0;
  for (const flag of flags) bits |= seccompFlags[flag];
  bits &= ~seccompFlags.SECCOMP_FILTER_FLAG_TSYNC;
  return listener ? bits : bits & ~seccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
}
