import { problem, show, type Problem } from '../problem.js';

/** The second entry of a type that a list may have once. */
export function listedAgain(type: string, pointer: string): Problem {
  return problem({ pointer, expected: 'listed once', found: `${show(type)} again`, remedy: 'keep one of the two entries' });
}
