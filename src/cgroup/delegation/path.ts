import { sys } from '../../sys/call.js';

export interface DelegatedPath {
  /** Where the hierarchy is mounted. */
  readonly mount: string;
  /** The container's cgroup below it, as root would choose it. */
  readonly path: string;
  /** Whether the configuration names it. */
  readonly isAsked: boolean;
}

/**
 * Where a caller who is not root of the host can create the container's cgroup; null if nowhere. Without a configured path, that may be
 * below the caller's own cgroup, if it is delegated to the caller.
 */
export function delegatedPath({ mount, path, isAsked }: DelegatedPath): string | null {
  if (isDelegated(mount, path)) return path;
  if (isAsked) return null;
  const own = ownPath();
  if (own === null) return null;
  const below = `${own === '/' ? '' : own}${path}`;
  return isDelegated(mount, below) ? below : null;
}

const writable = 2;

/**
 * Whether the nearest directory that exists is writable with its cgroup.procs, without which no process may enter a cgroup below it
 * (cgroups(7), "Cgroups delegation").
 */
function isDelegated(mount: string, path: string): boolean {
  const parts = path.split('/').slice(0, -1);
  for (; parts.length > 1; parts.pop()) if (sys().access({ path: `${mount}${parts.join('/')}`, mode: 0 })) break;
  const parent = `${mount}${parts.join('/')}`;
  return sys().access({ path: parent, mode: writable }) && sys().access({ path: `${parent}/cgroup.procs`, mode: writable });
}

/** The cgroup of this process below the root of its cgroup namespace; null if that does not contain it. */
function ownPath(): string | null {
  const [, path] = /^0::(\/.*)$/m.exec(sys().readText({ path: '/proc/self/cgroup', limit: 65_536 })) ?? [];
  return path === undefined || path.startsWith('/..') ? null : path;
}
