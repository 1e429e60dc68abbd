import { RuntimeError } from '../../errors/runtime_error.js';

/** The kernel counts by cgroups only. */
export function hasNoCgroup(): RuntimeError {
  return cannot('it has no cgroup', 'create it on a host with cgroup v2, without --cgroup-manager disabled');
}

export function cgroupIsGone(directory: string): RuntimeError {
  return cannot(
    `its cgroup "${directory}" is gone`,
    'something else removed it: the container runs in another cgroup, see /proc/PID/cgroup',
  );
}

function cannot(reason: string, hint: string): RuntimeError {
  return new RuntimeError(`read statistics of container: ${reason}`, {
    code: 'unsupported',
    phase: 'cgroup',
    operation: 'read statistics',
    hint,
  });
}
