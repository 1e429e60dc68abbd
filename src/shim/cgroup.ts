import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { findCgroupMount } from '../host/mounts/cgroup.js';
import { sys } from '../sys/call.js';

/**
 * Moves this process, and so the server that it starts, into the cgroup of the option `ShimCgroup`. As with runc's shim, the cgroup must
 * exist, and its path is that below the mount of cgroup v2.
 */
export function enterCgroup(path: string): void {
  const details = { code: 'setup', phase: 'cgroup', operation: 'enter cgroup', path } as const;
  const mount = findCgroupMount();
  if (mount === null) throw new RuntimeError(`enter cgroup "${path}": cgroup v2 is not mounted`, details);
  if (path.split('/').includes('..')) throw new RuntimeError(`enter cgroup "${path}": the path has ".."`, details);
  try {
    sys().writeFile({ path: `${mount}/${path}/cgroup.procs`, text: '0', flags: 0 });
  } catch (error) {
    throw fromSystem(error, {
      ...details,
      hint: 'the cgroup of the option ShimCgroup must exist, and must not pass controllers to children',
    });
  }
}
