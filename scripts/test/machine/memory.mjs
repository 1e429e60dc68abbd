import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Mounts a tmpfs for the directories of the tests (test/oci/harness/scratch.ts), which create and remove many small files. /run is on a
 * disk in most containers, and an ext4 without a journal does not reuse the inode of a removed file for five seconds: for each new file it
 * looks through all of those.
 *
 * @returns the directory and what is left in it; undefined if we may not mount: those who run only the unit tests need not be root
 */
export function mountMemory() {
  if (process.getuid() !== 0) return undefined;
  // Short, because sockets are in it: 107 bytes is the longest path of one (unix(7)).
  const directory = `/run/tsrun-${process.pid.toString(36)}`;
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tsrun-tests', directory], { stdio: 'ignore' });
  } catch {
    rmdirSync(directory);
    return undefined;
  }
  // Lazily: what still uses it was reported as left behind.
  process.on('exit', () => {
    execFileSync('umount', ['--lazy', directory]);
    rmdirSync(directory);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
  return { directory, left: () => readdirSync(directory).map((name) => `file ${join(directory, name)}`) };
}
