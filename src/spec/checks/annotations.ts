import type { Check } from '../check.js';
import { noProblems, warning } from '../problem.js';

/** `annotations` (config.md): keys must not be empty. Nothing reads such a key, so it does no harm. */
export const annotationsHaveKeys: Check = ({ annotations }) => {
  if (annotations === undefined || !Object.hasOwn(annotations, '')) return noProblems;
  return [warning({ pointer: '/annotations/', expected: 'an entry with a key', found: 'an empty key', remedy: 'name the annotation, or remove it' })];
};
