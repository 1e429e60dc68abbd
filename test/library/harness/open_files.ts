import { readdirSync } from 'node:fs';
import { expect, pause, until } from '../../oci/harness/index.js';

const count = (): number => readdirSync('/proc/self/fd').length;

/** How many descriptors are open when nothing is closed in the background any more. */
export async function openFiles(): Promise<number> {
  for (let before = -1, now = count(); ; now = count()) {
    if (now === before) return now;
    before = now;
    await pause(100);
  }
}

/** Waits until no more descriptors are open than before: some are closed in the background, after the call that used them. */
export async function expectNoMoreFiles(before: number): Promise<void> {
  await until('no more open files than before', () => count() <= before).catch(() => expect(count()).toBe(before));
}
