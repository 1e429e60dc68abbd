import type { Check } from '../check.js';
import { noProblems, problem, warning } from '../problem.js';

/** Classes of the resource director (resctrl) are not made: a container that asks for one is refused, as the specification wants (config-linux.md, "IntelRdt"). */
export const intelRdtIsAbsent: Check = ({ linux }) => {
  if (linux?.intelRdt === undefined) return noProblems;
  const words = 'intelRdt is specified in config, but tsrun does not set up Intel RDT';
  return [problem({ pointer: '/linux/intelRdt', expected: 'absent', found: 'an object', remedy: 'remove it, and start the engine inside a resctrl group instead', words })];
};

/** No flags are defined (config-linux.md, "Personality"). */
export const personalityHasNoFlags: Check = ({ linux }) => {
  if ((linux?.personality?.flags ?? []).length === 0) return noProblems;
  return [warning({ pointer: '/linux/personality/flags', expected: 'empty', found: 'an array', remedy: 'remove the flags: they have no effect' })];
};
