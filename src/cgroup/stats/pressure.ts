import type { HeldCgroup } from '../identity.js';
import { cgroupFile } from './file.js';
import type { PressureEntry, PressureStats } from './types.js';

/** The member `psi`, of a file such as `cpu.pressure`: `some avg10=0.00 avg60=0.00 avg300=0.00 total=0` (psi.rst). */
export function pressureIn(held: HeldCgroup, name: string): { readonly psi?: PressureStats } {
  const text = cgroupFile(held, name);
  const some = text === null ? null : entryOf(text, 'some');
  if (text === null || some === null) return {};
  // Before Linux 5.13 cpu.pressure has no second line.
  return { psi: { some, full: entryOf(text, 'full') ?? { avg10: 0, avg60: 0, avg300: 0, total: 0 } } };
}

function entryOf(text: string, name: 'some' | 'full'): PressureEntry | null {
  const match = new RegExp(`^${name} avg10=([\\d.]+) avg60=([\\d.]+) avg300=([\\d.]+) total=(\\d+)$`, 'm').exec(text);
  if (match === null) return null;
  const [, avg10, avg60, avg300, total] = match;
  return { avg10: Number(avg10), avg60: Number(avg60), avg300: Number(avg300), total: Number(total) };
}
