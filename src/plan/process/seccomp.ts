import { RuntimeError } from '../../errors/runtime_error.js';
import { seccompFlags } from '../../spec/names/seccomp.js';
import type { Seccomp } from '../../spec/types.js';
import type { Operation } from '../../protocol/operations.js';

export interface SeccompLoad {
  readonly seccomp: Seccomp | undefined;
  /** The compiled profile; null where there is none. */
  readonly filter: Uint8Array | null;
}

/** The loading of the seccomp filter. */
export function seccompOperation({ seccomp, filter }: SeccompLoad): readonly Operation[] {
  if (seccomp === undefined || filter === null) return [];
  const listener = usesNotify(seccomp);
  return [{ op: 'seccomp', filterFlags: filterFlags(seccomp, listener), listener: listener ? 1 : 0, filter }];
}

/** Somebody must answer what the profile asks about, or every such call would fail with ENOSYS (seccomp_unotify(2)). */
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
 * Flags of seccomp(2). No list at all means SPEC_ALLOW, an empty one none, as in runc and crun. TSYNC concerns threads, and tsrun-init has only one; beside a
 * listener the kernel would refuse it. WAIT_KILLABLE_RECV is only allowed with a listener.
 */
function filterFlags({ flags }: Seccomp, listener: boolean): number {
  if (flags === undefined) return seccompFlags.SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  let bits = 0;
  for (const flag of flags) bits |= seccompFlags[flag];
  bits &= ~seccompFlags.SECCOMP_FILTER_FLAG_TSYNC;
  return listener ? bits : bits & ~seccompFlags.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
}
