/**
 * CRIU itself: that of PATH, or the one that scripts/setup/criu.sh has made. Importing this puts it in PATH, for this process and those
 * that it starts.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll } from 'vitest';

const own = resolve('.cache/criu/bin');
const path = process.env['PATH'] ?? '';
const isThere = (directory: string): boolean => existsSync(`${directory}/criu`);

const found = path.split(':').find(isThere) ?? [own].find(isThere);

/** CRIU would load a sanitizer that is preloaded into this program, too, and hang. */
const isSanitized = process.env['LD_PRELOAD'] !== undefined;

/** Whether there is a CRIU, and it can be used. */
export const hasCriu = found !== undefined && process.getuid?.() === 0 && !isSanitized;

if (hasCriu) {
  if (found === own) process.env['PATH'] = `${own}:${path}`;
  const before = caches();
  afterAll(() => {
    for (const file of caches()) if (!before.includes(file)) rmSync(file, { force: true });
  });
} else {
  const reason = isSanitized ? 'a sanitizer is preloaded' : 'there is none in PATH, and scripts/setup/criu.sh was not run, or needs root';
  console.log(`the tests with CRIU are skipped: ${reason}`);
}

/** CAP_SYS_RESOURCE (capabilities(7)): CRIU needs it to read the limits of other users' processes, and for large pipes. */
export const hasSysResource =
  (BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`) >> 24n) % 2n === 1n;

/** What CRIU notes of the kernel. */
function caches(): readonly string[] {
  return ['/run/criu.kdat', '/run/criu.kdat.tmp'].filter((file) => existsSync(file));
}
