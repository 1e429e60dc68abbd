import { RuntimeError } from '../errors/runtime_error.js';

/** The error when the caller's AbortSignal ended something. Its cause is the signal's reason. */
export function abortedError(signal: AbortSignal): RuntimeError {
  return new RuntimeError('the operation was aborted', { code: 'aborted', phase: 'command', cause: signal.reason });
}

/** Also fails if the value is not an AbortSignal, because an abort would go unnoticed. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal !== undefined && !isSignal(signal)) {
    throw new RuntimeError('"signal" must be an AbortSignal', {
      code: 'usage',
      phase: 'command',
      hint: 'pass the signal of an AbortController, not the controller',
    });
  }
  if (signal?.aborted === true) throw abortedError(signal);
}

/** Signals and callbacks that must not be collected yet. */
const kept = new Set<readonly unknown[]>();

/**
 * Calls back when the signal aborts; returns what ends that. Until then it keeps the signal alive, and those that it was made from: Node.js
 * 20 collects a signal of `AbortSignal.timeout` that only an `AbortSignal.any` refers to, and it never aborts then.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const entry = [signal, callback, ...sourcesOf(signal)];
  const end = (): void => {
    signal.removeEventListener('abort', abort);
    kept.delete(entry);
  };
  const abort = (): void => {
    end();
    callback();
  };
  kept.add(entry);
  signal.addEventListener('abort', abort);
  return end;
}

/** As the promise, or fails as soon as the signal aborts. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  // A failure that comes after the abort has nobody else to take it.
  promise.catch(() => undefined);
  throwIfAborted(signal);
  let end: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    end = onAbort(signal, () => reject(abortedError(signal)));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    end();
  }
}

/** Node.js has them only under a symbol of its own, as weak references. */
function sourcesOf(signal: AbortSignal): readonly unknown[] {
  const key = Object.getOwnPropertySymbols(signal).find(({ description }) => description === 'kSourceSignals');
  const sources = (key === undefined ? undefined : Reflect.get(signal, key)) as Iterable<{ readonly deref?: () => unknown }> | undefined;
  return sources === undefined ? [] : [...sources].map((source) => source.deref?.());
}

/** Checks the members that are used, because the signal may come from another realm. */
function isSignal(signal: unknown): signal is AbortSignal {
  if (typeof signal !== 'object' || signal === null) return false;
  try {
    return (
      typeof Reflect.get(signal, 'aborted') === 'boolean' &&
      typeof Reflect.get(signal, 'addEventListener') === 'function' &&
      typeof Reflect.get(signal, 'removeEventListener') === 'function'
    );
  } catch {
    return false;
  }
}
