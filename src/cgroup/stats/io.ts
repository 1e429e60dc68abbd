import type { HeldCgroup } from '../identity.js';
import { cgroupFile } from './file.js';
import { pressureIn } from './pressure.js';
import type { BlkioEntry, BlkioStats } from './types.js';

/** `io.stat`: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0` (cgroup-v2.rst). runc's form has no place for discards. */
export function ioStats(held: HeldCgroup): BlkioStats {
  const devices = (cgroupFile(held, 'io.stat') ?? '').split('\n').flatMap(deviceOf);
  const bytes = devices.flatMap((device) => entries(device, 'rbytes', 'wbytes'));
  const operations = devices.flatMap((device) => entries(device, 'rios', 'wios'));
  return {
    ...(bytes.length === 0 ? {} : { ioServiceBytesRecursive: bytes }),
    ...(operations.length === 0 ? {} : { ioServicedRecursive: operations }),
    ...pressureIn(held, 'io.pressure'),
  };
}

interface Device {
  readonly major: number;
  readonly minor: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** A device that has done nothing has a line without counts. */
function deviceOf(line: string): readonly Device[] {
  const [, major, minor, rest = ''] = /^(\d+):(\d+) (.*)$/.exec(line) ?? [];
  if (major === undefined || minor === undefined) return [];
  const counts = rest.split(' ').map((word): [string, number] => {
    const [name = '', value] = word.split('=');
    return [name, Number(value)];
  });
  return [{ major: Number(major), minor: Number(minor), counts: new Map(counts) }];
}

function entries({ major, minor, counts }: Device, read: string, write: string): readonly BlkioEntry[] {
  const one = (name: string, op: BlkioEntry['op']): readonly BlkioEntry[] => {
    const value = counts.get(name);
    return value === undefined ? [] : [{ major, minor, op, value }];
  };
  return [...one(read, 'Read'), ...one(write, 'Write')];
}
