import { sys } from '../../../sys/call.js';
import { problem, show, token, type Problem } from '../../../spec/problem.js';
import type { DiskCheck } from '../disk_check.js';

/** The interfaces to move into the container exist. */
export const netDevicesExist: DiskCheck = ({ spec }) => {
  const problems: Problem[] = [];
  for (const name of Object.keys(spec.linux?.netDevices ?? {})) {
    if (name.includes('/') || sys().status({ path: `/sys/class/net/${name}`, follow: false }) !== null) continue;
    problems.push(
      problem({
        pointer: `/linux/netDevices${token(name)}`,
        expected: 'a network interface of the host',
        found: `${show(name)}, which does not exist`,
        remedy: 'run "ip link" to see the names',
      }),
    );
  }
  return problems;
};
