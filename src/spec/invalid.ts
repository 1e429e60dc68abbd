import { RuntimeError, type Phase } from '../errors/runtime_error.js';
import type { Problem } from './problem.js';

/** The error for the first of `problems`, of which there is at least one, with the number of the others. */
export function invalidConfig({ problems, phase }: { readonly problems: readonly Problem[]; readonly phase: Phase }): RuntimeError {
  const [first] = problems as readonly [Problem, ...Problem[]];
  const others = problems.length === 1 ? '' : `; run tsrun check (in a program: runtime.check()) to see all ${problems.length} problems`;
  return new RuntimeError(`validate "${first.pointer}": ${describeProblem(first)}`, {
    code: 'invalid-config',
    phase,
    operation: 'validate',
    path: first.pointer,
    hint: first.remedy + others,
  });
}

/** Says what is wrong, in half a sentence. */
export function describeProblem({ words, expected, found }: Problem): string {
  return words ?? `must be ${expected}, found ${found}`;
}
