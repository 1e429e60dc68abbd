import { RuntimeError } from '../errors/runtime-error.js';

export interface CgroupPathOptions {
  readonly id: string;
  readonly spec: { readonly linux?: { readonly cgroupsPath?: string | undefined } | undefined };
  /** --systemd-cgroup. */
  readonly systemd: boolean;
}

const pointer = '/linux/cgroupsPath';

/** Where containers are put that do not say where they belong, below the mount point. */
export const defaultParent = 'tsrun';

/**
 * The container's cgroup below the mount point: `linux.cgroupsPath` where it is absolute (config-linux.md, "Cgroups Path"), else below /tsrun, the place that
 * a runtime may choose for relative paths and for none.
 */
export function cgroupPathOf({ id, spec, systemd }: CgroupPathOptions): string {
  if (systemd) {
    throw new RuntimeError('use systemd cgroup driver: not supported', {
      code: 'unsupported',
      phase: 'cgroup',
      operation: 'cgroup path',
      path: pointer,
      hint: 'leave out --systemd-cgroup and let the engine use the cgroupfs driver',
    });
  }
  const asked = spec.linux?.cgroupsPath ?? '';
  const parts = asked.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw invalid(asked, 'a component ".." is not allowed');
  if (asked.includes('\0') || asked.includes('\n')) throw invalid(asked, 'NUL and newline are not allowed');
  if (asked.startsWith('/')) {
    // Everything of the host is in the root cgroup: it cannot be limited, and killing it would end the host.
    if (parts.length === 0) throw invalid(asked, "the root cgroup cannot be a container's");
    return `/${parts.join('/')}`;
  }
  return `/${defaultParent}/${(parts.length === 0 ? [id] : parts).join('/')}`;
}

function invalid(asked: string, reason: string): RuntimeError {
  return new RuntimeError(`use cgroup path "${asked}": ${reason}`, { code: 'invalid-config', phase: 'cgroup', operation: 'cgroup path', path: pointer });
}
