import { readdirSync } from 'node:fs';
import { pause } from '../../oci/harness/index.js';

/** How many descriptors are open when nothing is closed in the background any more. */
export async function openFiles(): Promise<number> {
  const count = (): number => readdirSync('/proc/self/fd').length;
  for (let before = -1, now = count(); ; now = count()) {
    if (now === before) return now;
    before = now;
    await pause(100);
  }
}
