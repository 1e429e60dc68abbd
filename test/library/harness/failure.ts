import { RuntimeError } from '../../../src/library/index.js';

/** The error that a call must end with. */
export async function failure(promise: Promise<unknown>): Promise<RuntimeError> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof RuntimeError) return error;
  throw error;
}
