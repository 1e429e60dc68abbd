import { fromSystem } from '../../errors/from_system.js';
import { isSystemError } from '../../sys/call.js';
import { problem, type Problem } from '../../spec/problem.js';
import { bindSourcesExist } from './bind_sources.js';
import type { DiskCheck, SpecOnDisk } from './disk_check.js';
import { programIsThere } from './executable.js';
import { hookProgramsExist } from './hook_programs.js';
import { namesNeedOtherUts } from './namespaces/host_names.js';
import { netSysctlsNeedOtherNetwork } from './namespaces/host_network.js';
import { namespacePathsExist } from './namespaces/paths.js';
import { netDevicesExist } from './namespaces/net_devices.js';
import { procBindIsProcfs } from './proc_bind.js';
import { noLinkLeadsToRoot } from './links_to_root.js';
import { rootfsIsDirectory } from './rootfs.js';
import { seccompAgentListens } from './seccomp_agent.js';

const diskChecks: readonly DiskCheck[] = [
  rootfsIsDirectory,
  programIsThere,
  bindSourcesExist,
  procBindIsProcfs,
  noLinkLeadsToRoot,
  hookProgramsExist,
  namespacePathsExist,
  netSysctlsNeedOtherNetwork,
  namesNeedOtherUts,
  netDevicesExist,
  seccompAgentListens,
];

/** Finds every mismatch between a configuration and the files of the host. A file that cannot be examined is a problem too. */
export function diskProblems(where: SpecOnDisk): readonly Problem[] {
  return diskChecks.flatMap((check) => {
    try {
      return check(where);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      const { message } = fromSystem(error, { code: 'bundle', phase: 'validate' });
      return [
        problem({
          pointer: '',
          expected: 'readable',
          found: error.subject,
          remedy: 'run tsrun check as the user that creates the container',
          words: message,
        }),
      ];
    }
  });
}
