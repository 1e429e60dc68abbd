import { attachDeviceRules } from '../../cgroup/devices/attach.js';
import { fromSystem } from '../../errors/from_system.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import type { Creation } from '../create/creation.js';
import { makeCgroup } from '../create/place.js';

/** The container's cgroup. */
export interface RestorePlace {
  /** Moves CRIU there, so that what it restores is born there. Returns the cgroup, which is closed with the creation; -1 without one. */
  readonly enter: (pid: number) => Promise<Fd>;
}

/** Reserves the id and makes the container's cgroup with its limits, as at a creation. That of systemd is made when CRIU enters it. */
export async function makePlace(creation: Creation): Promise<RestorePlace> {
  const { request } = creation;
  if (request.systemdCgroup === true && request.noCgroup !== true) {
    const { scopeFor, enterScope } = await import('../systemd/index.js');
    const scope = scopeFor(creation);
    creation.reserve();
    return { enter: async (pid) => (await enterScope(creation, scope, pid)).fd };
  }
  creation.reserve();
  const place = await makeCgroup(creation);
  creation.inCgroup(place);
  return { enter: (pid) => Promise.resolve(enterCgroup(place.fd, pid)) };
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
