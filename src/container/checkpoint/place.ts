import { attachDeviceRules } from '../../cgroup/devices/attach.js';
import { planCgroup } from '../../cgroup/plan.js';
import { fromSystem } from '../../errors/from_system.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { Creation } from '../create/creation.js';
import { makeCgroup } from '../create/place.js';
import type { cgroupModes } from './options.js';

/** The container's cgroup. */
export interface RestorePlace {
  /** Moves CRIU there, so that what it restores is born there. Returns the cgroup, which is closed with the creation; -1 without one. */
  readonly enter: (pid: number) => Promise<Fd>;
  /** What CRIU does about cgroups. */
  readonly mode: keyof typeof cgroupModes;
}

/**
 * Reserves the id and makes the container's cgroup with its limits, as at a creation. That of systemd is made when CRIU enters it. The mode
 * `strict` is `full` in a cgroup that must be new: CRIU itself would refuse every cgroup that it has not made (its `prepare_cgroup_dirs`).
 */
export async function makePlace(creation: Creation, mode: RestorePlace['mode'] = 'soft'): Promise<RestorePlace> {
  const { request } = creation;
  const isStrict = mode === 'strict';
  const inNew = isStrict ? 'full' : mode;
  if (request.systemdCgroup === true && request.noCgroup !== true) {
    const { scopeFor, enterScope } = await import('../systemd/index.js');
    const scope = scopeFor(creation);
    creation.reserve();
    // systemd makes no scope whose unit exists.
    return { enter: async (pid) => (await enterScope(creation, scope, pid)).fd, mode: inNew };
  }
  creation.reserve();
  if (isStrict) refuseExisting(creation);
  const place = await makeCgroup(creation);
  creation.inCgroup(place);
  return { enter: (pid) => Promise.resolve(enterCgroup(place.fd, pid)), mode: place.fd < 0 ? mode : inNew };
}

/** Before anything of it is recorded, so that it stays. */
function refuseExisting({ request, input: { host, cgroupPath } }: Creation): void {
  const directory = cgroupPath === null ? null : planCgroup({ host, path: cgroupPath }).directory;
  if (directory === null || sys().status({ path: directory, follow: false }) === null) return;
  throw new RuntimeError(`restore container "${request.id}": cgroup "${directory}": file exists (EEXIST)`, {
    code: 'setup',
    phase: 'restore',
    operation: 'make cgroup',
    path: directory,
    errno: 'EEXIST',
    hint: 'the mode "strict" of --manage-cgroups-mode (in a program: manageCgroupsMode) refuses a cgroup that exists',
  });
}

function enterCgroup(fd: Fd, pid: number): Fd {
  try {
    if (fd >= 0) sys().writeFile({ path: 'cgroup.procs', directory: fd, text: String(pid), flags: 0 });
    return fd;
  } catch (error) {
    throw fromSystem(error, { code: 'setup', phase: 'restore', operation: 'enter cgroup', path: 'cgroup.procs' });
  }
}

/** From now on the rules are in force. CRIU itself needs other devices than the container. */
export function limitDevices({ input: { spec } }: Creation, cgroup: Fd): void {
  if (cgroup >= 0) attachDeviceRules({ cgroup, rules: spec.linux?.resources?.devices });
}

/** The cgroups of CRIU, which become those of the container, as CRIU's option has them: the lines of /proc/PID/cgroup (cgroups(7)). */
export function cgroupRoots(pid: number): readonly { readonly ctrl: string; readonly path: string }[] {
  return sys()
    .readText({ path: `/proc/${pid}/cgroup`, limit: 65_536 })
    .split('\n')
    .flatMap((line) => {
      const [, , ctrl, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
      return ctrl === undefined || path === undefined ? [] : [{ ctrl: ctrl.replace(/^name=/, ''), path }];
    });
}
