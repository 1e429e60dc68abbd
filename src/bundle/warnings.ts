import type { Problem } from '../spec/problem.js';

export type Warn = (message: string) => void;

/** Reports each only once, because a capability is usually in several sets. */
export function tellWarnings(problems: readonly Problem[], warn: Warn): void {
  const told = new Set(problems.flatMap(({ severity, words }) => (severity === 'warning' && words !== undefined ? [words] : [])));
  for (const words of told) warn(words);
}

export function isError({ severity }: Problem): boolean {
  return severity === 'error';
}
