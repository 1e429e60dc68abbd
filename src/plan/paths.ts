/** A path without empty, `.` and `..` components, as Go's path.Clean makes it of an absolute one; `..` stops at the root. */
export function cleanPath(path: string): string {
  if (isClean(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Whether a path is `child` of `directory` or the directory itself. Both are clean. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`);
}

/** Most paths are: no work for them. */
function isClean(path: string): boolean {
  return path.startsWith('/') && !path.includes('//') && !path.includes('/.') && (path === '/' || !path.endsWith('/'));
}
