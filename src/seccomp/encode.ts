import { RuntimeError } from '../errors/runtime_error.js';
import { seccompActions, seccompArchitectures, seccompOperators, type SeccompAction } from '../spec/names/seccomp.js';
import type { Seccomp, SeccompArgument } from '../spec/types.js';
import { encodeProfile, seccompOption, type FlatArgument, type FlatRule } from './flat.js';

export interface SeccompRequest {
  readonly seccomp: Seccomp;
  /** uname(2)'s machine. */
  readonly machine: string;
}

const EPERM = 1;

/** The native architecture for uname(2)'s machine: its calls are always filtered. */
const nativeArchitectures: Readonly<Record<string, number>> = {
  x86_64: seccompArchitectures.SCMP_ARCH_X86_64,
  aarch64: seccompArchitectures.SCMP_ARCH_AARCH64,
};

/** Profiles with more rules than this are faster with a search tree; for fewer, a list is faster. */
const manyRules = 32;

/** Encodes a profile for the native compiler (seccomp_flat.ts). */
export function encodeSeccomp({ seccomp, machine }: SeccompRequest): Uint8Array {
  const defaultAction = action(seccomp.defaultAction, seccomp.defaultErrnoRet);
  const rules = flatRules(seccomp, defaultAction);
  const effective = rules.filter((rule) => rule.action !== defaultAction).length;
  return encodeProfile({
    defaultAction,
    architectures: architectures(seccomp, machine),
    options: effective > manyRules ? seccompOption.binaryTree : 0,
    rules,
  });
}

/** BPF_MAXINSNS, the kernel's limit for a filter. A rule with conditions takes at least one instruction. */
const mostConditional = 4096;
/** The limit of the native compiler (native/core/seccomp_profile.h). */
const mostRules = 65_536;
/** Entries that repeat each other add no rules, but each takes the time of its names times its conditions. */
const mostCombinations = 4 * mostRules;

/** Lists each rule once. Limits names times conditions, and libseccomp's work on them, to what can fit into a filter. */
function flatRules({ syscalls = [] }: Seccomp, defaultAction: number): readonly FlatRule[] {
  const rules = new Map<string, FlatRule>();
  let conditional = 0;
  let combinations = 0;
  for (const entry of syscalls) {
    // Includes the default action: it generates no instructions, but its name shows that the author knew the call
    // (native/core/seccomp_stub.h).
    const own = action(entry.action, entry.errnoRet);
    const alternatives = own === defaultAction ? [['', []] as const] : conditions((entry.args ?? []).map(argument));
    const names = new Set(entry.names);
    if (combinations > mostCombinations) throw tooMany(`more than ${mostCombinations} combinations of a name and a condition`);
    combinations += names.size * alternatives.length;
    for (const name of names) {
      for (const [words, args] of alternatives) {
        const key = `${own} ${words} ${name}`;
        if (rules.has(key)) continue;
        rules.set(key, { action: own, name, args });
        if (args.length > 0 && ++conditional > mostConditional) throw tooMany(`more than ${mostConditional} rules with arguments`);
        if (rules.size > mostRules) throw tooMany(`more than ${mostRules} rules`);
      }
    }
  }
  return [...rules.values()];
}

function tooMany(what: string): RuntimeError {
  return new RuntimeError(`compile seccomp profile: ${what}`, {
    code: 'invalid-config',
    phase: 'plan',
    operation: 'seccomp',
    path: '/linux/seccomp/syscalls',
    hint: 'the kernel takes filters of at most 4096 instructions; each name with each condition on a repeated argument is a rule',
  });
}

/**
 * Conditions on different arguments must all hold; if two are on the same argument, each becomes a separate rule (config-linux.md,
 * "Seccomp", as runc interprets it). Returns each with its text, once.
 */
function conditions(args: readonly FlatArgument[]): readonly (readonly [string, readonly FlatArgument[]])[] {
  const indexes = new Set(args.map(({ index }) => index));
  if (indexes.size === args.length) return [[args.map(wordsOf).join(), args]];
  return [...new Map(args.map((one) => [wordsOf(one), [one]]))];
}

const wordsOf = ({ index, operator, value, valueTwo }: FlatArgument): string => `${index}:${operator}:${value}:${valueTwo}`;

function argument({ index, value, valueTwo, op }: SeccompArgument): FlatArgument {
  return { index, operator: seccompOperators[op], value, valueTwo: valueTwo ?? 0 };
}

/** Without errnoRet, ERRNO and TRACE use EPERM (config-linux.md, `errnoRet`). */
function action(word: SeccompAction, errno: number | undefined): number {
  const value = seccompActions[word];
  const hasData = value === seccompActions.SCMP_ACT_ERRNO || value === seccompActions.SCMP_ACT_TRACE;
  return hasData ? value + (errno ?? EPERM) : value;
}

function architectures(seccomp: Seccomp, machine: string): readonly number[] {
  const native = nativeArchitectures[machine];
  if (native === undefined) {
    throw new RuntimeError(`compile seccomp profile: architecture "${machine}" is not supported`, {
      code: 'unsupported',
      phase: 'plan',
      operation: 'seccomp',
      path: '/linux/seccomp',
    });
  }
  const listed = (seccomp.architectures ?? []).map((word) => seccompArchitectures[word]);
  return [...new Set([native, ...listed])];
}
