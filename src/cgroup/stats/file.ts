import { fromSystem } from '../../errors/from_system.js';
import type { Integer64 } from '../../json/integer64.js';
import { sys, isSystemError } from '../../sys/call.js';
import type { HeldCgroup } from '../identity.js';

/** `memory.stat` has about 60 lines, `io.stat` one for each block device. */
const limit = 1 << 20;

/** A file of a cgroup; null if the controller is not enabled there, the kernel has no such file, or measures nothing (EOPNOTSUPP). */
export function cgroupFile({ fd, directory }: HeldCgroup, name: string): string | null {
  try {
    return sys().readText({ path: name, directory: fd, limit });
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENOTSUP')) return null;
    throw fromSystem(error, { code: 'setup', phase: 'cgroup', operation: 'read', path: `${directory}/${name}` });
  }
}

/** The lines `name number` of a text. */
export function countsOf(text: string): Readonly<Record<string, number>> {
  const lines = text
    .split('\n')
    .map((line) => line.split(' '))
    .filter((words) => words.length === 2);
  return Object.fromEntries(lines.map(([name = '', value]) => [name, Number(value)]));
}

/** A file with one number; undefined if there is no such file. */
export function countIn(held: HeldCgroup, name: string): number | undefined {
  const text = cgroupFile(held, name);
  return text === null ? undefined : Number(text);
}

/** runc's number for no limit: the largest of 64 bits. */
export const unlimited = 2n ** 64n - 1n;

/** A file with a limit; undefined if there is no such file. */
export function limitIn(held: HeldCgroup, name: string): Integer64 | undefined {
  const text = cgroupFile(held, name)?.trim();
  return text === undefined ? undefined : text === 'max' ? unlimited : Number(text);
}
