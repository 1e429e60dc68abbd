import { expect, test } from 'vitest';
import { bindSys } from '../../../src/sys/call.js';
import { reapEnded } from '../../../src/sys/reap_ended.js';
import { fakeSys } from '../fake_sys.js';

const exit = { code: 3, signal: 0 };

/** A child that its tracer keeps for so many looks. */
function keptFor(looks: number): { readonly waits: () => number } {
  let waits = 0;
  const { sys } = fakeSys({
    overrides: {
      reap: () => (looks-- > 0 ? null : exit),
      whenReadable: () => {
        waits++;
        return -1;
      },
    },
  });
  bindSys(sys);
  return { waits: () => waits };
}

test('a child that nobody traces is reaped at once', async () => {
  const { waits } = keptFor(0);
  expect([await reapEnded(5), waits()]).toEqual([exit, 0]);
});

test('a child is reaped when its tracer has let it go', async () => {
  const { waits } = keptFor(7);
  expect([await reapEnded(5), waits()]).toEqual([exit, 7]);
});

test('a tracer that keeps a child is not waited for without an end', async () => {
  const { waits } = keptFor(Infinity);
  expect([await reapEnded(5), waits()]).toEqual([null, 1000]);
});
