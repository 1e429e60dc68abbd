/**
 * Converts a list such as `0-3,8` (cpuset(7), "List format") to a bit mask in bytes: bit n of the mask is bit n%8 of byte n/8. The mask is
 * a whole number of 64-bit words, as the kernel's system calls require, or empty for an empty list.
 */
export function numberListMask(list: string): Uint8Array {
  const ranges = list
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '')
    .map((range) => {
      const [first, last = first] = range.split('-').map(Number) as [number, number?];
      return { first, last };
    });
  const highest = ranges.reduce((most, { last }) => Math.max(most, last), -1);
  const mask = new Uint8Array(Math.ceil((highest + 1) / 64) * 8);
  for (const { first, last } of ranges) {
    for (let n = first; n <= last; n++) mask[n >> 3] = (mask[n >> 3] as number) | (1 << (n & 7));
  }
  return mask;
}
