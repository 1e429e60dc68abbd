import type { HostFacts } from '../host/facts.js';
import type { Check } from './check.js';
import { ambientIsPermitted, capabilitiesAreAvailable, effectiveIsPermitted } from './checks/capabilities.js';
import { cpuAffinityIsList } from './checks/cpu_affinity.js';
import { processIsGiven } from './checks/process.js';
import { rlimitsAreConsistent } from './checks/rlimits.js';
import { schedulerFieldsFitPolicy } from './checks/scheduling.js';
import { securityModulesAreEnabled } from './checks/security_labels.js';
import { invalidConfig } from './invalid.js';
import type { Process, Spec } from './types.js';
import { isError, tellWarnings, type Warn } from './validate.js';

/** The rules of validate.ts that are about a process alone. */
const checks: readonly Check[] = [
  processIsGiven,
  rlimitsAreConsistent,
  capabilitiesAreAvailable,
  effectiveIsPermitted,
  ambientIsPermitted,
  schedulerFieldsFitPolicy,
  cpuAffinityIsList,
  securityModulesAreEnabled,
];

export interface ProcessCheck {
  readonly process: Process;
  /** The configuration of the container that it is for. */
  readonly spec: Spec;
  readonly host: HostFacts;
  /** As for validate. */
  readonly warn?: Warn | undefined;
}

/**
 * What `create` refuses in /process, `exec` refuses, too, whether the process is from a document, from the command line or from the library.
 * @throws RuntimeError `invalid-config`
 */
export function checkProcess({ process, spec, host, warn }: ProcessCheck): void {
  const whole = { ...spec, process };
  const problems = checks.flatMap((check) => check(whole, host));
  if (problems.length === 0) return;
  const errors = problems.filter(isError);
  if (errors.length > 0) throw invalidConfig({ problems: errors, phase: 'exec' });
  if (warn !== undefined) tellWarnings(problems, warn);
}
