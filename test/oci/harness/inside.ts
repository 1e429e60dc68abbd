import { expect } from 'vitest';
import { makeBundle, type Bundle, type BundleOptions } from './bundle.js';
import { can } from './capabilities.js';
import type { Config } from './config.js';
import { runtime, type Options, type Outcome } from './runtime.js';
import { newId } from './scratch.js';

/** Runs a bundle in the foreground. */
export function run(
  bundle: Bundle,
  options: Options & { readonly flags?: readonly string[]; readonly id?: string } = {},
): Promise<Outcome> {
  return runtime(['run', ...(options.flags ?? []), '--bundle', bundle.directory, options.id ?? newId()], options);
}

/** Runs a shell script in a new container, expects it to succeed, and returns its output. */
export async function inside(
  script: string,
  config?: (config: Config) => void,
  more: Omit<BundleOptions, 'script' | 'config'> = {},
): Promise<string> {
  const bundle = makeBundle({ script, ...(config === undefined ? {} : { config }), ...more });
  return succeed(await run(bundle));
}

/** Like {@link inside}: the fields of /proc/self/status of the container's process. */
export async function statusInside(config?: (config: Config) => void): Promise<Readonly<Record<string, string>>> {
  // cat and not the shell, because its own status is the one after execve.
  const bundle = makeBundle({ args: ['cat', '/proc/self/status'], ...(config === undefined ? {} : { config }) });
  const text = succeed(await run(bundle));
  return Object.fromEntries(text.split('\n').map((line) => [line.split(':')[0] ?? '', line.slice(line.indexOf(':') + 1).trim()]));
}

/** Expects exit code 0 and returns standard output without the last line break. */
export function succeed(outcome: Outcome): string {
  expect(outcome.code, outcome.stderr + outcome.stdout).toBe(0);
  return outcome.stdout.replace(/\n$/, '');
}

/** Expects a failure and returns its message. crun has other exit codes than runc. */
export function fail(outcome: Outcome, code = 1): string {
  if (can.runcCommand) expect(outcome.code, outcome.stderr + outcome.stdout).toBe(code);
  else expect(outcome.code, outcome.stderr + outcome.stdout).not.toBe(0);
  return outcome.stderr;
}

/** Expects a configuration to be refused and returns the message. */
export async function refused(config: (config: Config) => void): Promise<string> {
  return fail(await run(makeBundle({ args: ['true'], config })));
}
