/** SECCOMP_RET_ALLOW and SECCOMP_RET_LOG of linux/seccomp.h, without their data bits. */
const [allow, log] = [0x7fff0000, 0x7ffc0000];
const actions = 0xffff0000;
/** Offsets in struct seccomp_data: of the number, of the architecture, and of the lower half of the first argument. */
const [numberAt, architectureAt, argumentsAt] = [0, 4, 16];

/** A system call with its known arguments; the others are 0. */
export interface Call {
  readonly number: number;
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly architecture: number;
  readonly args: readonly number[];
}

/**
 * Whether a seccomp filter allows a call. Runs the struct sock_filter array as the kernel would (seccomp_check_filter() of kernel/seccomp.c
 * defines the permitted instructions). Supports only the arithmetic that libseccomp generates; for any other the result is false.
 */
export function filterAllows(filter: Uint8Array, { number, architecture, args }: Call): boolean {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const word = (offset: number): number => {
    if (offset === numberAt) return number;
    if (offset === architectureAt) return architecture;
    return offset >= argumentsAt && offset % 8 === 0 ? (args[(offset - argumentsAt) / 8] ?? 0) : 0;
  };
  let accumulator = 0;
  // Jumps only go forward, so this terminates.
  for (let at = 0; at + 8 <= filter.length; at += 8) {
    const [code, k] = [view.getUint16(at, true), view.getUint32(at + 4, true)];
    const branch = (taken: boolean): void => void (at += 8 * view.getUint8(at + (taken ? 2 : 3)));
    switch (code) {
      case opcode.loadWord:
        accumulator = word(k);
        break;
      case opcode.and:
        accumulator = (accumulator & k) >>> 0;
        break;
      case opcode.jump:
        at += 8 * k;
        break;
      case opcode.jumpIfEqual:
        branch(accumulator === k);
        break;
      case opcode.jumpIfGreater:
        branch(accumulator > k);
        break;
      case opcode.jumpIfGreaterOrEqual:
        branch(accumulator >= k);
        break;
      case opcode.jumpIfSet:
        branch((accumulator & k) !== 0);
        break;
      case opcode.answer: {
        const action = (k & actions) >>> 0;
        return action === allow || action === log;
      }
      default:
        return false;
    }
  }
  return false;
}

/** BPF_CLASS, BPF_SIZE, BPF_MODE, BPF_OP and BPF_SRC of linux/bpf_common.h together. */
const opcode = {
  loadWord: 0x20,
  and: 0x54,
  jump: 0x05,
  jumpIfEqual: 0x15,
  jumpIfGreater: 0x25,
  jumpIfGreaterOrEqual: 0x35,
  jumpIfSet: 0x45,
  answer: 0x06,
} as const;
