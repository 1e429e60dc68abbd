import { RuntimeError } from '../../errors/runtime_error.js';
import { findCgroupMount } from '../../host/mounts/cgroup.js';
import { sys } from '../../sys/call.js';
import type { ContainerRecord } from '../../state/record.js';
import { attachProcess } from '../../systemd/scope.js';
import { scopeOf } from './unit.js';

/**
 * Has systemd move a waiting tsrun-init of `exec` into the container's unit. A user may not move it between two cgroups whose common
 * ancestor is root's, such as that of a login and that of the user's own systemd (cgroups(7), "Delegation Containment").
 */
export async function attachToUnit(record: ContainerRecord, pid: number): Promise<void> {
  const scope = scopeOf({ ...record, claim: `${record.created} ${record.id}` });
  if (scope !== null) await attachProcess(scope, pid);
  const path = `/proc/${pid}/cgroup`;
  const line = sys()
    .readText({ path, limit: 65_536 })
    .split('\n')
    .find((text) => text.startsWith('0::/'));
  if (line !== undefined && `${findCgroupMount() ?? ''}${line.slice('0::'.length)}` === record.cgroup) return;
  throw new RuntimeError(
    `systemd cgroup driver: process ${pid} is in "${line ?? 'no cgroup of version 2'}", not in "${record.cgroup ?? ''}"`,
    {
      code: 'setup',
      phase: 'exec',
      operation: 'systemd',
      path,
    },
  );
}
