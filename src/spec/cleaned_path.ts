/**
 * Returns `path` without empty, `.` and `..` components, like Go's path.Clean on an absolute path. A relative path starts from the root,
 * and `..` stops there, as in runc.
 */
export function cleanPath(path: string): string {
  // Nearly every path is already clean.
  if (path.startsWith('/') && !path.includes('//') && !path.includes('/.') && (path === '/' || !path.endsWith('/'))) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
