import type { Check } from '../check.js';
import { needsAllowance } from '../annotations.js';
import { noProblems, show, token, warning, type Problem } from '../problem.js';

/** `annotations` has no empty keys (config.md). Only a warning, because nothing reads such a key. */
export const annotationsHaveKeys: Check = ({ annotations }) => {
  if (annotations === undefined || !Object.hasOwn(annotations, '')) return noProblems;
  return [
    warning({
      pointer: '/annotations/',
      expected: 'an entry with a key',
      found: 'an empty key',
      remedy: 'name the annotation, or remove it',
    }),
  ];
};

/** Annotations that name something of the host need the caller's permission, which a configuration cannot know: `create` decides. */
export const annotationsNeedAllowance: Check = ({ annotations }) => {
  let problems: Problem[] | undefined;
  for (const name in annotations) {
    const remedy = needsAllowance(name, annotations[name] as string);
    if (remedy === null) continue;
    problems ??= [];
    problems.push(
      warning({ pointer: `/annotations${token(name)}`, expected: 'allowed by the caller', found: show(annotations[name]), remedy }),
    );
  }
  return problems ?? noProblems;
};
