import type { HeldCgroup } from '../identity.js';
import { cgroupFile } from './file.js';
import type { RdmaEntry, RdmaStats } from './types.js';

/** The member `rdma`. The files have a line for each device: `mlx4_0 hca_handle=2 hca_object=max` (cgroup-v2.rst, "RDMA"). */
export function rdmaIn(held: HeldCgroup): { readonly rdma?: RdmaStats } {
  const current = entriesIn(held, 'rdma.current');
  const limit = entriesIn(held, 'rdma.max');
  return current.length === 0 && limit.length === 0 ? {} : { rdma: { current, limit } };
}

function entriesIn(held: HeldCgroup, name: string): readonly RdmaEntry[] {
  return (cgroupFile(held, name) ?? '').split('\n').flatMap((line) => {
    const [device = '', ...words] = line.trim().split(' ');
    if (device === '') return [];
    const count = (key: string): number | undefined => {
      const word = words.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1);
      return word === undefined || word === 'max' ? undefined : Number(word);
    };
    const handles = count('hca_handle');
    const objects = count('hca_object');
    return [
      {
        device,
        ...(handles === undefined ? {} : { hca_handles: handles }),
        ...(objects === undefined ? {} : { hca_objects: objects }),
      },
    ];
  });
}
