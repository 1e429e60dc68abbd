import { bpf, type Instruction, type Label } from './bpf.js';

/** What the registers of a device program hold. */
export const registers = {
  result: 0,
  /** `struct bpf_cgroup_dev_ctx { u32 access_type; u32 major; u32 minor; }`. */
  context: 1,
  deviceType: 2,
  /** The requested accesses that no rule has decided yet. */
  undecided: 3,
  major: 4,
  minor: 5,
  scratch: 6,
} as const;

/** BPF_DEVCG_DEV_* of linux/bpf.h. */
export const typeNumber = { b: 1, c: 2 } as const;

/** A negative number is a wildcard too, because runc's configurations use -1. */
export function isNumber(value: number | undefined): value is number {
  return value !== undefined && value >= 0;
}

/**
 * Jumps to `next` unless the register equals the number. The kernel's verifier first follows the path on which it does not jump. Here that
 * is the path of a device that no rule names, of which the verifier knows nothing, so it need not follow the other paths beyond `next`. The
 * other way round, its time would grow with the square of the rules, and it would give up at a thousand (BPF_COMPLEXITY_LIMIT_INSNS).
 */
export function unless(register: number, number: number, next: string): (Instruction | Label)[] {
  const here = `${next}, ${register}`;
  return [bpf.jumpIf(register, number, here), bpf.jump(next), bpf.label(here)];
}
