import { expect } from 'vitest';
import type { Outcome } from '../../oci/harness/runtime.js';

/** Expects exit code 0 and returns standard output without the last line break, before which a terminal may have put a carriage return. */
export async function succeed(outcome: Promise<Outcome>): Promise<string> {
  const { stdout } = await exit(outcome, 0);
  return stdout.replace(/\r*\n$/, '');
}

/** Expects an exit code. */
export async function exit(outcome: Promise<Outcome>, code: number): Promise<Outcome> {
  const done = await outcome;
  expect(done.code, done.stderr + done.stdout).toBe(code);
  return done;
}
