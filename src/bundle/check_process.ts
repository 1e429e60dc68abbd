import type { HostFacts } from '../host/facts.js';
import { processChecks } from '../spec/checks/process/index.js';
import { invalidConfig } from '../spec/invalid.js';
import type { Process, Spec } from '../spec/types.js';
import { isError, tellWarnings, type Warn } from './warnings.js';

/** The rules of validate.ts that concern only a process. */
export interface ProcessCheck {
  readonly process: Process;
  /** The configuration of the container that the process is for. */
  readonly spec: Spec;
  readonly host: HostFacts;
  /** As for validate. */
  readonly warn?: Warn | undefined;
}

/**
 * Makes `exec` refuse whatever `create` refuses in /process, whether the process is from a document, the command line or the library.
 * @throws RuntimeError `invalid-config`
 */
export function checkProcess({ process, spec, host, warn }: ProcessCheck): void {
  const whole = { ...spec, process };
  const problems = processChecks.flatMap((check) => check(whole, host));
  if (problems.length === 0) return;
  const errors = problems.filter(isError);
  if (errors.length > 0) throw invalidConfig({ problems: errors, phase: 'exec' });
  if (warn !== undefined) tellWarnings(problems, warn);
}
