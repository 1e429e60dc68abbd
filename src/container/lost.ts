import { containerDoesNotExist } from '../errors/catalogue.js';
import { isInterruption } from '../errors/interruption.js';
import { asRuntimeError } from '../errors/format.js';
import { RuntimeError, type ErrorCode } from '../errors/runtime_error.js';
import { isEnding } from '../host/process.js';
import type { Store, StoreReference } from '../state/paths.js';
import type { ContainerRecord } from '../state/record.js';
import { isWithoutRecord, readRecord } from '../state/store.js';
import { isSystemError, sys } from '../sys/call.js';
import { statusOf } from './state/status.js';

export interface Losable {
  /** The container, by its name or by its open directory. */
  readonly container: StoreReference | Store;
  /** The error if the container has stopped, in the words that engines match. */
  readonly stopped: () => RuntimeError;
  /** What has been read of it already. */
  readonly record?: ContainerRecord;
}

/**
 * Runs `work` on a running container that may end, or be killed or deleted by another program, at any moment. The failure is then only a
 * consequence: a namespace cannot be joined, a file of /proc is gone. So after a failure the container's state is read again and decides
 * which error is thrown. A success costs nothing more.
 * @throws RuntimeError `not-found` if the container has been deleted, `stopped()` if it has ended, otherwise as `work`
 */
export async function unlessLost<T>(losable: Losable, work: (record: ContainerRecord) => T | PromiseLike<T>): Promise<T> {
  const record = losable.record ?? (await recordOf(losable.container));
  try {
    return await work(record);
  } catch (error) {
    throw mayBeLoss(error) ? ((await lossOf(losable, record, error)) ?? error) : error;
  }
}

/** Codes of what the system refuses. Others say what is wrong with the request, whatever has become of the container. */
const ofSystem: readonly ErrorCode[] = ['setup', 'permission', 'unsupported'];

function mayBeLoss(error: unknown): boolean {
  return error instanceof RuntimeError ? ofSystem.includes(error.code) : isSystemError(error) && !isInterruption(error);
}

/** null if the container is still there, or if that cannot be found out. */
async function lossOf({ container, stopped }: Losable, before: ContainerRecord, error: unknown): Promise<RuntimeError | null> {
  try {
    const record = await recordOf(container);
    if (record.pid !== before.pid || record.startTime !== before.startTime) return becauseOf(error, containerDoesNotExist(before.id));
    const { root } = container;
    return (record.pid > 0 && isEnding(record.pid)) || statusOf({ root, record }) === 'stopped' ? becauseOf(error, stopped()) : null;
  } catch (failure) {
    return failure instanceof RuntimeError && failure.code === 'not-found' ? becauseOf(error, failure) : null;
  }
}

function becauseOf(cause: unknown, loss: RuntimeError): RuntimeError {
  const { message, code, phase, path } = loss;
  const original = asRuntimeError(cause);
  const hint = `the container ended in the middle of this: ${original.message}`;
  const error = new RuntimeError(message, { code, phase, ...(path === undefined ? {} : { path }), hint, cause });
  for (const further of original.suppressed) error.suppress(further);
  return error;
}

/** Milliseconds. Removing the directory of a container takes less; it is read again after 1, 2, 4 ... */
const longestRemoval = 64;

/** While a container is deleted, its directory is there for a moment without its record. */
async function recordOf(reference: StoreReference | Store): Promise<ContainerRecord> {
  for (let pause = 1; ; pause *= 2) {
    try {
      return readRecord(reference);
    } catch (error) {
      if ('directory' in reference || !isWithoutRecord(error) || pause > longestRemoval) throw error;
    }
    await sys().whenReadable({ fds: [], timeout: pause });
  }
}
