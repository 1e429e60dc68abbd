import type { HostFacts } from '../host/facts.js';
import { resourceChecks } from '../spec/checks/resources/index.js';
import { invalidConfig } from '../spec/invalid.js';
import type { Resources, Spec } from '../spec/types.js';
import { isError, tellWarnings, type Warn } from './warnings.js';

/** The rules of validate.ts that concern only resources. */
export interface ResourcesCheck {
  readonly resources: Resources;
  /** The configuration of the container that they are for. */
  readonly spec: Spec;
  readonly host: HostFacts;
  /** As for validate. */
  readonly warn?: Warn | undefined;
}

/**
 * Makes `update` refuse whatever `create` refuses in /linux/resources, wherever the resources come from.
 * @throws RuntimeError `invalid-config`
 */
export function checkResources({ resources, spec, host, warn }: ResourcesCheck): void {
  const whole = { ...spec, linux: { ...spec.linux, resources } };
  const problems = resourceChecks.flatMap((check) => check(whole, host));
  if (problems.length === 0) return;
  const errors = problems.filter(isError);
  if (errors.length > 0) throw invalidConfig({ problems: errors, phase: 'validate' });
  if (warn !== undefined) tellWarnings(problems, warn);
}
