import { limitWrites } from '../../cgroup/limits/index.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import type { HostFacts } from '../../host/facts.js';
import { latin1 } from '../../host/latin1.js';
import type { ValidSpec } from '../../spec/types.js';
import { isSystemError, sys } from '../../sys/call.js';

/** Bits of access(2). */
const [mayEnter, mayWrite] = [1, 2];

/** Whether tsrun has no rights over the host: the caller is not root, or only in a user namespace. */
export function isRootless(host: Pick<HostFacts, 'euid' | 'inUserNamespace'>): boolean {
  return host.euid !== 0 || host.inUserNamespace;
}

/**
 * The cgroup, below the mount point, of a rootless container whose configuration names none: below tsrun's own if that was delegated to the
 * caller (cgroups(7), "Cgroups delegation"), otherwise null.
 * @throws RuntimeError `permission` if there is a limit that would then have no effect
 */
export function delegatedCgroup({
  id,
  spec,
  mount,
}: {
  readonly id: string;
  readonly spec: ValidSpec;
  readonly mount: string;
}): string | null {
  const own = ownCgroup();
  const directory = `${mount}${own === '/' ? '' : own}`;
  const isWritable =
    sys().access({ path: directory, mode: mayEnter | mayWrite }) && sys().access({ path: `${directory}/cgroup.procs`, mode: mayWrite });
  if (isWritable) return `${own === '/' ? '' : own}/tsrun-${id}`;
  const [limit] = limitWrites(spec.linux?.resources ?? {}).filter(({ isDefault }) => isDefault !== true);
  if (limit === undefined) return null;
  throw new RuntimeError(`limit "${limit.pointer}": the caller may not write to its cgroup "${directory}"`, {
    code: 'permission',
    phase: 'cgroup',
    operation: 'limit',
    path: limit.pointer,
    hint: 'remove the limit, or let systemd delegate a cgroup: systemd-run --user --scope --property=Delegate=yes tsrun ...',
  });
}

/** The line of the hierarchy of version 2 (cgroups(7), "/proc files"). */
function ownCgroup(): string {
  try {
    const text = latin1(sys().readBytes({ path: '/proc/self/cgroup', limit: 64 << 10 }));
    const own = text
      .split('\n')
      .find((line) => line.startsWith('0::'))
      ?.slice(3);
    // A cgroup outside of the own cgroup namespace has a name that leads nowhere.
    return own === undefined || own.startsWith('/..') ? '/' : own;
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'EACCES')) return '/';
    throw error;
  }
}
