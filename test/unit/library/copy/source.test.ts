import { afterEach, beforeEach, expect, test } from 'vitest';
import { iterated } from '../../../../src/library/copy/source.js';

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => void process.on('unhandledRejection', onUnhandled));
afterEach(() => {
  process.off('unhandledRejection', onUnhandled);
  unhandled.length = 0;
});

/** Long enough for Node.js to report a rejection: it does so when its queue of microtasks is empty. */
const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('a source that fails after the abort is no unhandled rejection', async () => {
  const controller = new AbortController();
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        controller.abort();
        return Promise.reject(new Error('late'));
      },
    }),
  };
  await expect(iterated(source, controller.signal).next()).rejects.toMatchObject({ code: 'aborted' });
  await nextTurn();
  expect(unhandled).toEqual([]);
});

test('a source that cannot be closed does not hide why the copy ended', async () => {
  const controller = new AbortController();
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        controller.abort();
        return Promise.resolve({ done: false, value: new Uint8Array(1) } as const);
      },
      return: () => {
        throw new Error('closing failed');
      },
    }),
  };
  await expect(iterated(source, controller.signal).next()).rejects.toMatchObject({ code: 'aborted' });
});
