import { describe, expect, test } from 'vitest';
import { encodeSeccomp } from '../../../src/seccomp/encode.js';
import type { Seccomp } from '../../../src/spec/types.js';

const entry = (names: number, conditions: number): NonNullable<Seccomp['syscalls']>[number] => ({
  names: Array.from({ length: names }, (_, index) => `call${index}`),
  action: 'SCMP_ACT_ERRNO',
  args: Array.from({ length: conditions }, (_, value) => ({ index: 0, value, op: 'SCMP_CMP_EQ' as const })),
});
const encode = (...syscalls: ReturnType<typeof entry>[]): Uint8Array =>
  encodeSeccomp({ seccomp: { defaultAction: 'SCMP_ACT_ALLOW', syscalls }, machine: 'x86_64' });

describe('the rules of a seccomp profile', () => {
  test('that are repeated add nothing', () => {
    expect(encode(entry(8, 8), entry(8, 8), entry(8, 8))).toEqual(encode(entry(8, 8)));
  });

  test.each([
    ['of one entry', [entry(1000, 1000)], 'more than 4096 rules with arguments'],
    [
      'of many entries',
      Array.from({ length: 100 }, (_, index) => ({ ...entry(64, 1), args: [{ index: 1, value: index, op: 'SCMP_CMP_EQ' as const }] })),
      'more than 4096 rules with arguments',
    ],
    ['without conditions', [entry(70_000, 0)], 'more than 65536 rules'],
    [
      'that repeat each other',
      Array.from({ length: 1000 }, () => entry(64, 64)),
      'more than 262144 combinations of a name and a condition',
    ],
  ])('%s are refused in a bounded number of steps', (_, syscalls, words) => {
    expect(() => encode(...syscalls)).toThrow(
      expect.objectContaining({ message: `compile seccomp profile: ${words}`, path: '/linux/seccomp/syscalls', code: 'invalid-config' }),
    );
  });
});
