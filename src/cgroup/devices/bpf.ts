/** Instructions of the kernel's eBPF machine, as `struct bpf_insn` (linux/bpf.h); only what the device program needs. */

/**
 * One instruction: 8 bytes. `offset` counts instructions from the next one; a jump to `label` gets its offset when the program is
 * assembled.
 */
export interface Instruction {
  readonly opcode: number;
  readonly destination: number;
  readonly source: number;
  readonly immediate: number;
  readonly offset: number;
  /** The target of a jump, by the name of a label. */
  readonly label?: string;
}

export interface Label {
  readonly name: string;
}

const instruction = (opcode: number, fields: Partial<Instruction>): Instruction => ({
  destination: 0,
  source: 0,
  immediate: 0,
  offset: 0,
  ...fields,
  opcode,
});

/** The instructions by their effect. All arithmetic is 32-bit, which clears the upper half of the register. */
export const bpf = {
  /** destination = *(u32 *)(source + offset): BPF_LDX | BPF_MEM | BPF_W. */
  load: (destination: number, source: number, offset: number) => instruction(0x61, { destination, source, offset }),
  /** destination = immediate: BPF_ALU64 | BPF_MOV | BPF_K. */
  set: (destination: number, immediate: number) => instruction(0xb7, { destination, immediate }),
  /** destination = source: BPF_ALU | BPF_MOV | BPF_X. */
  copy: (destination: number, source: number) => instruction(0xbc, { destination, source }),
  and: (destination: number, immediate: number) => instruction(0x54, { destination, immediate }),
  shiftRight: (destination: number, immediate: number) => instruction(0x74, { destination, immediate }),
  /** BPF_JMP32, so that numbers beyond 2^31 are not sign-extended. */
  jumpIfNot: (destination: number, immediate: number, label: string) => instruction(0x56, { destination, immediate, label }),
  jumpIf: (destination: number, immediate: number, label: string) => instruction(0x16, { destination, immediate, label }),
  jump: (label: string) => instruction(0x05, { label }),
  exit: () => instruction(0x95, {}),
  label: (name: string): Label => ({ name }),
} as const;

/** Resolves labels and encodes the instructions, little-endian. */
export function assemble(program: readonly (Instruction | Label)[]): Uint8Array {
  const places = new Map<string, number>();
  const instructions: Instruction[] = [];
  for (const item of program) {
    if ('opcode' in item) instructions.push(item);
    else places.set(item.name, instructions.length);
  }
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  instructions.forEach((item, index) => {
    const offset = item.label === undefined ? item.offset : (places.get(item.label) as number) - index - 1;
    view.setUint8(index * 8, item.opcode);
    view.setUint8(index * 8 + 1, (item.source << 4) | item.destination);
    view.setInt16(index * 8 + 2, offset, true);
    view.setInt32(index * 8 + 4, item.immediate, true);
  });
  return bytes;
}
