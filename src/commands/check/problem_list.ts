import { printable } from '../../errors/printable.js';
import { describeProblem } from '../../spec/invalid.js';
import type { Problem } from '../../spec/problem.js';

/** Formats the problems of a bundle for a person: the place, the problem, and the remedy. */
export function printProblems(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const paragraphs = problems.map((problem) => {
    const place = problem.pointer === '' ? 'config.json' : problem.pointer;
    return `${problem.severity}: ${printable(place)}: ${printable(describeProblem(problem))}\n  remedy: ${printable(problem.remedy)}`;
  });
  return [...paragraphs, `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`].join('\n');
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`;
}
