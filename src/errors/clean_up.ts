import { asRuntimeError } from './format.js';

/** A step of what has to be done in any case. */
export type Step = () => unknown;

/**
 * Cleans up after a failure: each step is tried, whatever becomes of the others. Returns the failure for the caller to throw; what goes wrong meanwhile is added to it (`suppressed`), never
 * put in its place. The message of the first cause is what people and engines can act on.
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
