import type { Check } from '../check.js';
import { needsAllowance } from '../annotations.js';
import { noProblems, show, token, warning, type Problem } from '../problem.js';

/** `annotations` (config.md): keys must not be empty. Nothing reads such a key, so it does no harm. */
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

/** Those that name something of the host are for the caller to allow, whom a configuration does not know: `create` decides. */
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
