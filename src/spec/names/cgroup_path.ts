/** NAME_MAX of linux/limits.h. */
export const longestName = 255;

/** PATH_MAX of linux/limits.h, minus room for the mount point and for the names of a cgroup's files. */
const longestPath = 3840;

/**
 * Each level is created and gets its controllers by a longer path than the one above: the time grows with the square, to tens of seconds
 * for a thousand levels. Engines use fewer than ten.
 */
const mostLevels = 128;

/** Says why a string cannot be a `linux.cgroupsPath`; undefined if it can. */
export function cgroupPathProblem(path: string): string | undefined {
  if (path.includes('..') && path.split('/').includes('..')) return 'a component ".." is not allowed';
  if (path.includes('\0') || path.includes('\n')) return 'NUL and newline are not allowed';
  if (path.length <= longestName / 3) return undefined;
  if (bytesOf(path) > longestPath) return `it is longer than ${longestPath} bytes`;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length > mostLevels) return `it has more than ${mostLevels} levels`;
  return parts.some((part) => bytesOf(part) > longestName) ? `a component is longer than ${longestName} bytes` : undefined;
}

/** As UTF-8. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
