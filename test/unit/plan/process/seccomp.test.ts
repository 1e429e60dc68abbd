import { describe, expect, test } from 'vitest';
import { seccompOperation } from '../../../../src/plan/process/seccomp.js';
import { encodeSeccomp } from '../../../../src/seccomp/encode.js';
import type { Seccomp } from '../../../../src/spec/types.js';

interface Rule {
  readonly action: number;
  readonly name: string;
  readonly args: readonly (readonly [index: number, operator: number, value: bigint, valueTwo: bigint])[];
}

/** Decodes the flat form as drawn in seccomp_flat.ts, to its last byte. */
function decode(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer);
  let at = 0;
  const u32 = (): number => view.getUint32((at += 4) - 4, true);
  const u64 = (): bigint => view.getBigUint64((at += 8) - 8, true);
  const times = <T>(count: number, read: () => T): T[] => Array.from({ length: count }, read);
  expect([u32(), u32()]).toEqual([0x504d4353, 1]);
  const defaultAction = u32();
  const architectures = times(u32(), u32);
  const options = u32();
  const rules = times(u32(), (): Rule => {
    const action = u32();
    const args = times(u32(), () => [u32(), u32(), u64(), u64()] as const);
    const length = u32();
    const name = new TextDecoder().decode(bytes.subarray(at, (at += length)));
    return { action, name, args };
  });
  expect(at).toBe(bytes.length);
  return { defaultAction, architectures, options, rules };
}

const encoded = (seccomp: Seccomp, machine = 'x86_64') => decode(encodeSeccomp({ seccomp, machine }));

describe('encodeSeccomp', () => {
  test.each([
    ['SCMP_ACT_ERRNO', undefined, 0x50001],
    ['SCMP_ACT_ERRNO', 38, 0x50026],
    ['SCMP_ACT_TRACE', 5, 0x7ff00005],
    ['SCMP_ACT_KILL_PROCESS', 38, 0x80000000],
    ['SCMP_ACT_KILL', undefined, 0],
    ['SCMP_ACT_ALLOW', undefined, 0x7fff0000],
  ] as const)('default %s with errno %s is %d', (defaultAction, defaultErrnoRet, value) => {
    expect(encoded({ defaultAction, ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }) }).defaultAction).toBe(value);
  });

  test('writes the native architecture first, and once', () => {
    const seccomp: Seccomp = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X86_64', 'SCMP_ARCH_X32'] };
    expect(encoded(seccomp).architectures).toEqual([0xc000003e, 0x40000003, 0x4000003e]);
    expect(encoded({ defaultAction: 'SCMP_ACT_ALLOW' }, 'aarch64').architectures).toEqual([0xc00000b7]);
    expect(() => encoded(seccomp, 'vax')).toThrow('architecture "vax"');
  });

  test('writes one rule for each name, even for the default action', () => {
    const seccomp: Seccomp = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        { names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' },
        { names: ['mount'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
        { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
      ],
    };
    expect(encoded(seccomp).rules.map(({ name, action }) => [name, action])).toEqual([
      ['read', 0x7fff0000],
      ['write', 0x7fff0000],
      // It generates no instructions, but the profile knows the call.
      ['mount', 0x50001],
      ['clone3', 0x50026],
    ]);
  });

  test('combines conditions on different arguments, and separates those on the same one', () => {
    const rules = (args: NonNullable<NonNullable<Seccomp['syscalls']>[number]['args']>) =>
      encoded({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names: ['socket'], action: 'SCMP_ACT_ALLOW', args }] }).rules.map(
        (rule) => rule.args,
      );
    const one = { index: 0, value: 1, op: 'SCMP_CMP_EQ' } as const;
    const other = { index: 2, value: 2080505856, valueTwo: 7, op: 'SCMP_CMP_MASKED_EQ' } as const;
    expect(rules([one, other])).toEqual([
      [
        [0, 4, 1n, 0n],
        [2, 7, 2080505856n, 7n],
      ],
    ]);
    expect(rules([one, { ...one, value: 2, op: 'SCMP_CMP_NE' }])).toEqual([[[0, 4, 1n, 0n]], [[0, 1, 2n, 0n]]]);
  });

  test('does not repeat a rule', () => {
    const args = [1, 2, 1].map((value) => ({ index: 0, value, op: 'SCMP_CMP_EQ' }) as const);
    const entry = { names: ['read', 'read'], action: 'SCMP_ACT_ALLOW', args } as const;
    expect(encoded({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [entry, entry] }).rules.map((rule) => rule.args[0]?.[2])).toEqual([1n, 2n]);
  });

  test('limits names times conditions to what fits into a filter', () => {
    const profile = (names: number, values: number): Seccomp => ({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        {
          names: Array.from({ length: names }, (_, i) => `a${i}`),
          action: 'SCMP_ACT_ALLOW',
          args: Array.from({ length: values }, (_, value) => ({ index: 0, value, op: 'SCMP_CMP_EQ' })),
        },
      ],
    });
    expect(encoded(profile(64, 64)).rules).toHaveLength(4096);
    expect(() => encoded(profile(64, 65))).toThrow('more than 4096 rules with arguments');
    expect(() => encoded(profile(1_000_000, 1_000))).toThrow('more than 4096 rules with arguments');
    expect(() => encoded(profile(70_000, 0))).toThrow('more than 65536 rules');
  });

  test.each([
    [0xffffffff, 0xffffffffn],
    [2 ** 40 + 3, 2n ** 40n + 3n],
    [2n ** 64n - 1n, 2n ** 64n - 1n],
    [18446744073709551516n, 18446744073709551516n],
  ])('encodes the value %d', (value, wanted) => {
    const syscalls = [{ names: ['a'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value, op: 'SCMP_CMP_LT' }] }] as const;
    expect(encoded({ defaultAction: 'SCMP_ACT_ERRNO', syscalls }).rules[0]?.args[0]?.[2]).toBe(wanted);
  });

  test('uses a tree for large profiles', () => {
    const names = Array.from({ length: 100 }, (_, i) => `call${i}`);
    expect(encoded({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }] }).options).toBe(8);
  });
});

describe('seccompOperation', () => {
  const filter = new Uint8Array(8);
  const load = (seccomp: Partial<Seccomp>) => seccompOperation({ seccomp: { defaultAction: 'SCMP_ACT_ALLOW', ...seccomp }, filter })[0];
  const notify = { listenerPath: '/s', syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }] } as const;

  test('sets SPEC_ALLOW without flags, and none for an empty list', () => {
    expect(load({})).toMatchObject({ filterFlags: 4, listener: 0 });
    expect(load({ flags: [] })).toMatchObject({ filterFlags: 0 });
    expect(load({ flags: ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_TSYNC'] })).toMatchObject({ filterFlags: 2 });
  });

  test('adds a listener for notifications, and only then allows killable waiting', () => {
    expect(load({ ...notify, flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] })).toMatchObject({ filterFlags: 32, listener: 1 });
    expect(load({ flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] })).toMatchObject({ filterFlags: 0, listener: 0 });
    expect(() => load({ ...notify, listenerPath: '' })).toThrow('listenerPath');
  });

  test('is absent without a profile', () => {
    expect(seccompOperation({ seccomp: undefined, filter: null })).toEqual([]);
  });
});
