import type { HostFacts } from '../../../host/facts.js';
import type { Check } from '../../check.js';
import { capabilityNumbers, isCapabilityName } from '../../names/capabilities.js';
import { hasNamespace } from '../../namespaces.js';
import { noProblems, show, token, warning, type Problem } from '../../problem.js';
import type { Capabilities } from '../../types.js';

const sets = ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'] as const satisfies readonly (keyof Capabilities)[];

/**
 * Capabilities that the kernel or tsrun does not have are left out, as in runc, so that one configuration works on many kernels (config.md,
 * "Linux Process": unknown ones are ignored with a warning).
 */
export const capabilitiesAreAvailable: Check = (spec, host) => {
  const capabilities = spec.process?.capabilities;
  const problems: Problem[] = [];
  for (const set of sets) {
    const names = capabilities?.[set] ?? [];
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string;
      const reason = absence(name, host, hasNamespace(spec, 'user'));
      if (reason === undefined) continue;
      problems.push(
        warning({
          pointer: `/process/capabilities/${set}${token(index)}`,
          expected: 'a capability that the kernel supports and tsrun has',
          found: show(name),
          remedy: 'remove it: the process will not have it',
          words: `ignoring ${reason}`,
        }),
      );
    }
  }
  return problems;
};

function absence(name: string, host: HostFacts, ownUserNamespace: boolean): string | undefined {
  if (!isCapabilityName(name)) return `unknown capability ${show(name)}`;
  const number = capabilityNumbers[name];
  if (number > host.lastCapability) return `capability ${show(name)}, which this kernel does not support`;
  const held = Math.floor(host.boundingSet / 2 ** number) % 2 === 1;
  return held || ownUserNamespace ? undefined : `capability ${show(name)}, which tsrun itself does not have`;
}

/** capset(2) fails if an effective capability is not permitted; runc and crun fail there. */
export const effectiveIsPermitted: Check = ({ process }) => {
  const { effective, permitted = [] } = process?.capabilities ?? {};
  if (effective === undefined) return noProblems;
  const known = new Set(permitted);
  let problems: Problem[] | undefined;
  for (let index = 0; index < effective.length; index++) {
    const name = effective[index] as string;
    if (known.has(name) || !isCapabilityName(name)) continue;
    problems ??= [];
    problems.push(
      warning({
        pointer: `/process/capabilities/effective${token(index)}`,
        expected: 'in the permitted set too',
        found: show(name),
        remedy: 'add it to "permitted"',
        words: `can't give effective capability ${name}: it is not permitted`,
      }),
    );
  }
  return problems ?? noProblems;
};

/**
 * The kernel keeps ambient capabilities only while they are also permitted and inheritable (capabilities(7)). One warning for all: Buildah
 * asks for fourteen of them in each RUN step.
 */
export const ambientIsPermitted: Check = ({ process }) => {
  const { ambient = [], permitted, inheritable } = process?.capabilities ?? {};
  if (ambient.length === 0) return noProblems;
  const [mayPermit, mayInherit] = [new Set(permitted), new Set(inheritable)];
  const refused = (name: string): boolean => isCapabilityName(name) && !(mayPermit.has(name) && mayInherit.has(name));
  const names = ambient.filter(refused);
  if (names.length === 0) return noProblems;
  // runc's words, at the beginning.
  const words =
    names.length === 1
      ? `can't raise ambient capability ${String(names[0])}: it is not both permitted and inheritable`
      : `can't raise ambient capabilities ${names.join(', ')}: they are not both permitted and inheritable`;
  return [
    warning({
      pointer: `/process/capabilities/ambient${token(ambient.findIndex(refused))}`,
      expected: 'in the permitted and inheritable sets too',
      found: show(names[0]),
      remedy: 'add it to "permitted" and "inheritable"',
      words,
    }),
  ];
};
