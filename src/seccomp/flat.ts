import type { Integer64 } from '../json/integer64.js';
import { utf8Length, writeUtf8 } from '../protocol/utf8.js';

/**
 * A seccomp profile in the flat form that `native/core` passes to libseccomp. Little-endian:
 *
 *   u32 magic 0x504d4353, u32 version 1, u32 default action
 *   u32 count, count * u32 AUDIT_ARCH_* numbers
 *   u32 options (see {@link seccompOption})
 *   u32 count of rules, each:
 *     u32 action
 *     u32 count of arguments, each: u32 index, u32 operator, u64 value, u64 second value
 *     u32 length of the name, the name of one system call
 *
 * An action is a SECCOMP_RET_* number with its data (errno, trace message) in the low 16 bits.
 */
export interface FlatProfile {
  readonly defaultAction: number;
  readonly architectures: readonly number[];
  readonly options: number;
  readonly rules: readonly FlatRule[];
}

export interface FlatRule {
  readonly action: number;
  readonly name: string;
  readonly args: readonly FlatArgument[];
}

export interface FlatArgument {
  readonly index: number;
  /** 1 NE, 2 LT, 3 LE, 4 EQ, 5 GE, 6 GT, 7 MASKED_EQ: libseccomp's enum scmp_compare. */
  readonly operator: number;
  readonly value: Integer64;
  readonly valueTwo: Integer64;
}

/** Bits of `options`. */
export const seccompOption = {
  log: 2,
  specAllow: 4,
  /** Builds the filter as a binary tree over system call numbers, which is faster for large profiles. */
  binaryTree: 8,
} as const;

const magic = 0x504d4353;
const version = 1;
const two32 = 0x100000000;

export function encodeProfile(profile: FlatProfile): Uint8Array {
  const bytes = new Uint8Array(sizeOf(profile));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const u32 = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const u64 = (value: Integer64): void => {
    if (typeof value === 'bigint') {
      view.setBigUint64(at, value, true);
      at += 8;
      return;
    }
    u32(value % two32);
    u32(Math.floor(value / two32));
  };
  u32(magic);
  u32(version);
  u32(profile.defaultAction);
  u32(profile.architectures.length);
  profile.architectures.forEach(u32);
  u32(profile.options);
  u32(profile.rules.length);
  for (const rule of profile.rules) {
    u32(rule.action);
    u32(rule.args.length);
    for (const { index, operator, value, valueTwo } of rule.args) {
      u32(index);
      u32(operator);
      u64(value);
      u64(valueTwo);
    }
    u32(utf8Length(rule.name));
    at = writeUtf8(bytes, at, rule.name);
  }
  return bytes;
}

function sizeOf({ architectures, rules }: FlatProfile): number {
  let size = 24 + 4 * architectures.length;
  for (const { args, name } of rules) size += 12 + 24 * args.length + utf8Length(name);
  return size;
}
