import type { PlanContext } from '../context.js';
import type { Operation } from '../../protocol/operations.js';

/** `linux.sysctl`. */
export function sysctlOperations({ input }: PlanContext): readonly Operation[] {
  return Object.entries(input.spec.linux?.sysctl ?? {}).map(([name, value]) => ({ op: 'sysctl', path: sysctlPath(name), value }));
}

/**
 * The path below /proc/sys. Whichever of `.` and `/` comes first is the separator; the other one is part of a name, such as that of the
 * network interface eth0.100 (sysctl.d(5)).
 */
export function sysctlPath(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  if (separator !== '.') return name;
  return name.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'));
}
