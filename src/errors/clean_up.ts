import { asRuntimeError } from './format.js';

/** A step of what has to be done in any case. */
export type Step = () => unknown;

/**
 * Cleans up after a failure. Tries every step, even if another one fails. Returns the original failure for the caller to throw, because
 * people and engines act on the first cause; failures of the cleanup are added to `suppressed`.
 */
export async function cleanUp(failure: unknown, steps: readonly Step[]): Promise<Error> {
  let first = failure instanceof Error ? failure : asRuntimeError(failure);
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      if (error === failure) continue;
      const known = asRuntimeError(first);
      known.suppress(asRuntimeError(error));
      first = known;
    }
  }
  return first;
}

/** Tries each step, whatever becomes of the others; throws the first failure, with the others added to it. */
export async function everyStep(steps: readonly Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    try {
      await step();
    } catch (error) {
      throw await cleanUp(error, steps.slice(index + 1));
    }
  }
}
