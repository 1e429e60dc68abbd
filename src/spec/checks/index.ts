import type { Check } from '../check.js';
import { annotationsHaveKeys, annotationsNeedAllowance } from './annotations.js';
import { cgroupPathStaysInside } from './resources/cgroup.js';
import { devicesAreComplete } from './resources/devices.js';
import { resourceChecks } from './resources/index.js';
import { hooksCanRun } from './hooks.js';
import { namesNeedUtsNamespace } from './namespaces/hostname.js';
import { mappingsDoNotOverlap, mappingsFitUserNamespace } from './namespaces/id_mappings.js';
import { intelRdtIsPossible } from './resources/intel_rdt.js';
import { memoryPolicyIsPossible } from './process/memory_policy.js';
import { bindsHaveSource, copyUpIsForTmpfs, destinationsAreAbsolute, idmapsAreComplete, procStaysProc, rootStaysBare } from './mounts.js';
import {
  mountsNeedMountNamespace,
  namespacesAreUnique,
  netDevicesNeedNetworkNamespace,
  timeOffsetsNeedTimeNamespace,
} from './namespaces/index.js';
import { processChecks } from './process/index.js';
import { restrictedPathsAreAbsolute } from './restricted_paths.js';
import { rootIsGiven } from './root.js';
import { seccompIsComplete } from './seccomp.js';
import { sysctlsAreNamespaced } from './namespaces/sysctl.js';
import { personalityHasNoFlags } from './resources/unsupported.js';
import { versionIsSupported } from './version.js';

/** Every rule, in the order in which a reader goes through config.json, because `create` reports the first error. */
export const checks: readonly Check[] = [
  versionIsSupported,
  rootIsGiven,
  ...processChecks,
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
  cgroupPathStaysInside,
  ...resourceChecks,
  restrictedPathsAreAbsolute,
  seccompIsComplete,
  memoryPolicyIsPossible,
  intelRdtIsPossible,
  personalityHasNoFlags,
];
