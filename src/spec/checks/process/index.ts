import type { Check } from '../../check.js';
import { ambientIsPermitted, capabilitiesAreAvailable, effectiveIsPermitted } from './capabilities.js';
import { cpuAffinityIsList } from './cpu_affinity.js';
import { processIsGiven } from './given.js';
import { rlimitsAreConsistent } from './rlimits.js';
import { schedulerFieldsFitPolicy } from './scheduling.js';
import { securityModulesAreEnabled } from './security_labels.js';

/** The rules for /process, in the order of its fields. `create` applies them to config.json, `exec` to the process that it is given. */
export const processChecks: readonly Check[] = [
  processIsGiven,
  rlimitsAreConsistent,
  capabilitiesAreAvailable,
  effectiveIsPermitted,
  ambientIsPermitted,
  schedulerFieldsFitPolicy,
  cpuAffinityIsList,
  securityModulesAreEnabled,
];
