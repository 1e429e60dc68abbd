/**
 * Returns the path of a kernel parameter below /proc/sys. Whichever of `.` and `/` comes first is the separator; the other one is part of a
 * name, which an interface such as eth0.100 needs (sysctl.d(5)).
 */
export function sysctlPath(name: string): string {
  const dot = name.indexOf('.');
  const slash = name.indexOf('/');
  if (dot < 0 || (slash >= 0 && slash < dot)) return name;
  if (slash < 0) return name.replace(/\./g, '/');
  return name.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'));
}
