import { sys, isSystemError } from '../sys/call.js';

/** The process that holds the flock(2) of a directory; null if /proc/locks (proc_locks(5)) does not tell. */
export function lockHolder(path: string): number | null {
  try {
    const inode = sys().status({ path, follow: false })?.inode;
    const lines = sys()
      .readText({ path: '/proc/locks', limit: 16 << 20 })
      .split('\n');
    // 1: FLOCK  ADVISORY  WRITE 4711 00:1a:1234 0 EOF
    const held = lines
      .map((line) => /^\d+: FLOCK +\S+ +\S+ (\d+) [\da-f]+:[\da-f]+:(\d+) /.exec(line))
      .find((found) => found !== null && Number(found[2]) === inode);
    return held?.[1] === undefined ? null : Number(held[1]);
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
