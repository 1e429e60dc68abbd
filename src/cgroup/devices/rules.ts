import type { DeviceRule } from '../../spec/types.js';
import { AllowedDevices } from './allowed.js';
import { assemble, bpf, type Instruction, type Label } from './bpf.js';
import { isNumber, registers, typeNumber, unless } from './machine.js';

export type { DeviceRule };

const character = (major: number, minor: number): DeviceRule => ({ allow: true, type: 'c', major, minor, access: 'rwm' });

/**
 * What every container may use, regardless of its rules: the devices that config.md ("Default Devices") requires, the creation of device
 * nodes (using them is still refused), pseudo-terminals and, as in runc, tun.
 */
export const defaultRules: readonly DeviceRule[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  character(1, 3), // null
  character(1, 8), // random
  character(1, 7), // full
  character(5, 0), // tty
  character(1, 5), // zero
  character(1, 9), // urandom
  { allow: true, type: 'c', major: 136, access: 'rwm' }, // pts
  character(5, 2), // ptmx
  character(10, 200), // net/tun
];

/** BPF_DEVCG_ACC_* of linux/bpf.h. */
const accessBit = { m: 1, r: 2, w: 4 } as const;
const everyAccess = 7;

const { result, context, deviceType, undecided, major, minor, scratch } = registers;

/**
 * Builds the BPF_PROG_TYPE_CGROUP_DEVICE program for a container's rules, as bytes of `struct bpf_insn`.
 *
 * First everything is denied, then the rules apply in their order, then the default ones: the last rule that covers an access decides. So
 * the program goes through them backwards, removes from the requested accesses what a rule allows, and refuses as soon as one denies any of
 * the rest. (Therefore a rule "deny writes" also stops opening for reading and writing.) Rules between two that deny are in no order, so
 * those that allow every access are put together.
 */
export function deviceProgram(rules: readonly DeviceRule[] | undefined): Uint8Array {
  const parts = [beginning];
  let allowed = new AllowedDevices();
  for (const rule of [...(rules ?? [])].reverse()) {
    // The end of the program denies, too, so what comes before "deny all" has no effect.
    if (!rule.allow && isEverything(rule)) break;
    // Nor has what comes before "allow all", and the verifier rejects unreachable instructions.
    if (isEverything(rule)) return joined([...parts, end(1)]);
    if (isWhole(rule) && (defaultDevices.covers(rule) || allowed.add(rule))) continue;
    if (!rule.allow) {
      parts.push(...allowed.parts().map(assemble));
      allowed = new AllowedDevices();
    }
    parts.push(assemble(ruleInstructions(rule)));
  }
  return joined([...parts, ...allowed.parts().map(assemble), end(0)]);
}

/** Whether a rule allows every access. */
const isWhole = ({ allow, access }: DeviceRule): boolean => allow && accessMask(access) === everyAccess;

const end = (answer: number): Uint8Array => assemble([bpf.set(result, answer), bpf.exit()]);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const program = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    program.set(part, at);
    at += part.length;
  }
  return program;
}

/** The instructions of one rule, which jump only to each other and to what follows them. */
function ruleInstructions(rule: DeviceRule): readonly (Instruction | Label)[] {
  const next = 'next';
  const access = accessMask(rule.access);
  const code: (Instruction | Label)[] = [];
  if (rule.type === 'b' || rule.type === 'c') code.push(...unless(deviceType, typeNumber[rule.type], next));
  if (isNumber(rule.major)) code.push(...unless(major, rule.major, next));
  if (isNumber(rule.minor)) code.push(...unless(minor, rule.minor, next));
  if (rule.allow && access === everyAccess) {
    code.push(bpf.set(result, 1), bpf.exit());
  } else if (rule.allow) {
    code.push(bpf.and(undecided, ~access & everyAccess), bpf.jumpIfNot(undecided, 0, next), bpf.set(result, 1), bpf.exit());
  } else {
    code.push(bpf.copy(scratch, undecided), bpf.and(scratch, access), bpf.jumpIf(scratch, 0, next), bpf.set(result, 0), bpf.exit());
  }
  code.push(bpf.label(next));
  return code;
}

function isEverything(rule: DeviceRule): boolean {
  return (
    rule.type !== 'b' && rule.type !== 'c' && !isNumber(rule.major) && !isNumber(rule.minor) && accessMask(rule.access) === everyAccess
  );
}

/** An absent or empty `access` means every access. */
function accessMask(access: string | undefined): number {
  if (access === undefined || access === '') return everyAccess;
  let mask = 0;
  for (const letter of access) {
    if (letter === 'r' || letter === 'w' || letter === 'm') mask |= accessBit[letter];
  }
  return mask;
}

const defaultDevices = new AllowedDevices();
const otherDefaults = defaultRules.filter((rule) => !isWhole(rule) || !defaultDevices.add(rule));

/** What the programs of all containers begin with. It is assembled when the module is evaluated, not in every start. */
const beginning = joined([
  assemble([
    bpf.load(deviceType, context, 0),
    bpf.copy(undecided, deviceType),
    bpf.and(deviceType, 0xffff),
    bpf.shiftRight(undecided, 16),
    bpf.load(major, context, 4),
    bpf.load(minor, context, 8),
  ]),
  ...defaultDevices.parts().map(assemble),
  ...otherDefaults.map((rule) => assemble(ruleInstructions(rule))),
]);
