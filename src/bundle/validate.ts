import type { HostFacts } from '../host/facts.js';
import { checks } from '../spec/checks/index.js';
import { withMappings } from '../spec/default_mappings.js';
import { namesNeedOtherUts } from './checks/namespaces/host_names.js';
import { netSysctlsNeedOtherNetwork } from './checks/namespaces/host_network.js';
import { procBindIsProcfs } from './checks/proc_bind.js';
import { invalidConfig } from '../spec/invalid.js';
import type { Problem } from '../spec/problem.js';
import type { Spec, ValidSpec } from '../spec/types.js';
import { isError, tellWarnings, type Warn } from './warnings.js';

export interface Validation {
  readonly spec: Spec;
  readonly host: HostFacts;
  /** The bundle's absolute directory, which relative paths start from. */
  readonly bundle: string;
  /** Called with warnings that have their own wording: what is configured but will not be done. */
  readonly warn?: Warn | undefined;
}

/**
 * Brands a configuration from which a container can be created. On disk it checks only what would expose the host to the container.
 * @throws RuntimeError `invalid-config` with the JSON pointer of the first error as its path.
 */
export function validate({ spec, host, bundle, warn }: Validation): ValidSpec {
  const problems = findProblems({ spec, host });
  const errors = problems.filter(isError);
  if (errors.length > 0) throw invalidConfig({ problems: errors, phase: 'validate' });
  if (warn !== undefined) tellWarnings(problems, warn);
  return validateAgain({ spec: withMappings(spec as ValidSpec), bundle });
}

/** Checks what may have changed on disk since a configuration was validated. */
export function validateAgain({ spec, bundle }: { readonly spec: ValidSpec; readonly bundle: string }): ValidSpec {
  for (const check of [netSysctlsNeedOtherNetwork, namesNeedOtherUts, procBindIsProcfs]) {
    const found = check({ spec, bundle });
    if (found.length > 0) throw invalidConfig({ problems: found, phase: 'validate' });
  }
  return spec;
}

/** Returns everything that the checks find, errors and warnings. Pure. */
export function findProblems({ spec, host }: { readonly spec: Spec; readonly host: HostFacts }): readonly Problem[] {
  const problems: Problem[] = [];
  for (const check of checks) {
    const found = check(spec, host);
    if (found.length > 0) problems.push(...found);
  }
  return problems;
}
