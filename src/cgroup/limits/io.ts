import type { Resources } from '../../spec/types.js';
import { unsupportedOnV2 } from './unsupported.js';
import type { CgroupWrite } from './writes.js';

const base = '/linux/resources/blockIO';

const throttles = [
  ['throttleReadBpsDevice', 'rbps'],
  ['throttleWriteBpsDevice', 'wbps'],
  ['throttleReadIOPSDevice', 'riops'],
  ['throttleWriteIOPSDevice', 'wiops'],
] as const;

/** Weights by the BFQ scheduler if it is there, otherwise by iocost with runc's scale; rates by io.max. */
export function ioWrites(blockIO: Resources['blockIO']): readonly CgroupWrite[] {
  if (blockIO === undefined) return [];
  if ((blockIO.leafWeight ?? 0) !== 0) throw unsupportedOnV2(`${base}/leafWeight`, 'leaf weight', 'use weight');
  const writes: CgroupWrite[] = [];
  if ((blockIO.weight ?? 0) !== 0) writes.push(weightWrite('', blockIO.weight ?? 0, `${base}/weight`));
  (blockIO.weightDevice ?? []).forEach((device, index) => {
    const pointer = `${base}/weightDevice/${index}`;
    if ((device.leafWeight ?? 0) !== 0) throw unsupportedOnV2(`${pointer}/leafWeight`, 'leaf weight', 'use weight');
    if ((device.weight ?? 0) !== 0) writes.push(weightWrite(`${device.major}:${device.minor} `, device.weight ?? 0, `${pointer}/weight`));
  });
  for (const [name, key] of throttles) {
    (blockIO[name] ?? []).forEach(({ major, minor, rate }, index) => {
      // 0 removes a limit in v1; io.max uses "max".
      writes.push({
        file: 'io.max',
        value: `${major}:${minor} ${key}=${rate === 0 ? 'max' : rate}`,
        pointer: `${base}/${name}/${index}`,
        isDefault: rate === 0,
      });
    });
  }
  return writes;
}

function weightWrite(device: string, weight: number, pointer: string): CgroupWrite {
  return {
    file: 'io.bfq.weight',
    value: `${device}${weight}`,
    pointer,
    otherwise: { file: 'io.weight', value: `${device}${ioWeight(weight)}` },
  };
}

/** Maps 10 to 1000 of v1 linearly to 1 to 10000 of io.weight, as in runc. */
export function ioWeight(weight: number): number {
  return 1 + Math.trunc(((weight - 10) * 9999) / 990);
}
