import type { DeviceRule } from '../../spec/types.js';
import { bpf, type Instruction, type Label } from './bpf.js';
import { isNumber, registers, typeNumber, unless } from './machine.js';

type Minors = Set<number> | 'every';

/** Rules, each of which takes at most four instructions. */
const most = 4_000;

/**
 * Devices that rules allow to be used in every way. Their order does not matter, so what they have in common is compared once: the kernel's
 * verifier takes some microseconds for each instruction.
 */
export class AllowedDevices {
  readonly #types = new Map<'b' | 'c', Map<number, Minors>>();
  #size = 0;

  /**
   * Takes a rule that allows every access. Returns false if the rule does not name a type and a major number, or if there are too many: a
   * jump reaches 32,767 instructions.
   */
  add({ type, major, minor }: DeviceRule): boolean {
    if ((type !== 'b' && type !== 'c') || !isNumber(major) || this.#size === most) return false;
    this.#size++;
    let majors = this.#types.get(type);
    if (majors === undefined) this.#types.set(type, (majors = new Map<number, Minors>()));
    const minors = majors.get(major);
    if (!isNumber(minor)) majors.set(major, 'every');
    else if (minors === undefined) majors.set(major, new Set([minor]));
    else if (minors !== 'every') minors.add(minor);
    return true;
  }

  /** Whether a rule allows nothing beyond these. */
  covers({ type, major, minor }: DeviceRule): boolean {
    if ((type !== 'b' && type !== 'c') || !isNumber(major)) return false;
    const minors = this.#types.get(type)?.get(major);
    return minors === 'every' || (minors !== undefined && isNumber(minor) && minors.has(minor));
  }

  /** A part for each type: it accepts these devices; others reach what follows it. */
  parts(): readonly (readonly (Instruction | Label)[])[] {
    return [...this.#types].map(([type, majors]) => [
      ...unless(registers.deviceType, typeNumber[type], 'next'),
      ...[...majors].map(([major, minors]) => bpf.jumpIf(registers.major, major, minors === 'every' ? 'allow' : String(major))),
      bpf.jump('next'),
      ...[...majors].flatMap(([major, minors]) =>
        minors === 'every'
          ? []
          : [bpf.label(String(major)), ...[...minors].map((minor) => bpf.jumpIf(registers.minor, minor, 'allow')), bpf.jump('next')],
      ),
      bpf.label('allow'),
      bpf.set(registers.result, 1),
      bpf.exit(),
      bpf.label('next'),
    ]);
  }
}
