import { RuntimeError } from '../../errors/runtime_error.js';
import { unlessAborted } from '../aborting.js';

/** An iterator of which closing does not wait for a source that brings nothing more. An abort ends the wait for it. */
export async function* iterated(
  source: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (signal === undefined) return yield* source;
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  try {
    for (;;) {
      const { done, value } = await unlessAborted(Promise.resolve(iterator.next()), signal);
      if (done === true) return;
      yield value;
    }
  } finally {
    // Not awaited: it may wait for what never comes. What it fails with, also at once, is not why the copy ends.
    void (async () => iterator.return?.())().catch(() => undefined);
  }
}

/** What the source of `copyIn` fails with. */
export function unreadable(error: unknown): never {
  if (error instanceof RuntimeError) throw error;
  throw new RuntimeError(`copyIn: the archive cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
    code: 'usage',
    phase: 'command',
    operation: 'copyIn',
    cause: error,
  });
}
