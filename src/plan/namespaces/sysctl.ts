import type { PlanContext } from '../context.js';
import type { Operation } from '../../protocol/operations.js';

/** `linux.sysctl`. */
export function sysctlOperations({ input }: PlanContext): readonly Operation[] {
  return Object.entries(input.spec.linux?.sysctl ?? {}).map(([name, value]) => ({ op: 'sysctl', path: sysctlPath(name), value }));
}

/**
 * The path below /proc/sys. Whichever of `.` and `/` comes first separates; the other one is part of a name, which a network interface such
 * as eth0.100 needs (sysctl.d(5)).
 */
export function sysctlPath(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  if (separator !== '.') return name;
  return name.replace(/[./]/g, (character) => (character === '.' ? '/' : '.'));
}
