import type { Check } from '../check.js';
import { annotationsHaveKeys, annotationsNeedAllowance } from './annotations.js';
import { ambientIsPermitted, capabilitiesAreAvailable, effectiveIsPermitted } from './capabilities.js';
import { cgroupPathStaysInside, cpusetsAreLists, unifiedFilesAreLimits } from './cgroup.js';
import { cpuAffinityIsList } from './cpu_affinity.js';
import { deviceRulesAreReadable, devicesAreComplete } from './devices.js';
import { hooksCanRun } from './hooks.js';
import { namesNeedUtsNamespace } from './hostname.js';
import { mappingsDoNotOverlap, mappingsFitUserNamespace } from './id_mappings.js';
import { intelRdtIsPossible } from './intel_rdt.js';
import { memoryPolicyIsPossible } from './memory_policy.js';
import { bindsHaveSource, copyUpIsForTmpfs, destinationsAreAbsolute, idmapsAreComplete, procStaysProc, rootStaysBare } from './mounts.js';
import { mountsNeedMountNamespace, namespacesAreUnique, netDevicesNeedNetworkNamespace, timeOffsetsNeedTimeNamespace } from './namespaces.js';
import { processIsGiven } from './process.js';
import { restrictedPathsAreAbsolute } from './restricted_paths.js';
import { rlimitsAreConsistent } from './rlimits.js';
import { rootIsGiven } from './root.js';
import { schedulerFieldsFitPolicy } from './scheduling.js';
import { seccompIsComplete } from './seccomp.js';
import { securityModulesAreEnabled } from './security_labels.js';
import { sysctlsAreNamespaced } from './sysctl.js';
import { personalityHasNoFlags } from './unsupported.js';
import { versionIsSupported } from './version.js';

/** Every rule, in the order in which a reader goes through config.json: the first error is the one that `create` reports. */
export const checks: readonly Check[] = [
  versionIsSupported,
  rootIsGiven,
  processIsGiven,
  rlimitsAreConsistent,
  capabilitiesAreAvailable,
  effectiveIsPermitted,
  ambientIsPermitted,
  schedulerFieldsFitPolicy,
  cpuAffinityIsList,
  securityModulesAreEnabled,
  namesNeedUtsNamespace,
  destinationsAreAbsolute,
  bindsHaveSource,
  copyUpIsForTmpfs,
  idmapsAreComplete,
  procStaysProc,
  rootStaysBare,
  hooksCanRun,
  annotationsHaveKeys,
  annotationsNeedAllowance,
  namespacesAreUnique,
  mountsNeedMountNamespace,
  mappingsFitUserNamespace,
  mappingsDoNotOverlap,
  timeOffsetsNeedTimeNamespace,
  netDevicesNeedNetworkNamespace,
  sysctlsAreNamespaced,
  devicesAreComplete,
  deviceRulesAreReadable,
  cgroupPathStaysInside,
  cpusetsAreLists,
  unifiedFilesAreLimits,
  restrictedPathsAreAbsolute,
  seccompIsComplete,
  memoryPolicyIsPossible,
  intelRdtIsPossible,
  personalityHasNoFlags,
];
