import type { Check } from '../../check.js';
import { noProblems, warning } from '../../problem.js';

/** No flags are defined (config-linux.md, "Personality"). */
export const personalityHasNoFlags: Check = ({ linux }) => {
  if ((linux?.personality?.flags ?? []).length === 0) return noProblems;
  return [
    warning({ pointer: '/linux/personality/flags', expected: 'empty', found: 'an array', remedy: 'remove the flags: they have no effect' }),
  ];
};
