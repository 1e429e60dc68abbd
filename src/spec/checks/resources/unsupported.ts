import type { Check } from '../../check.js';
import { noProblems, show, warning } from '../../problem.js';

/** No flags are defined (config-linux.md, "Personality"). */
export const personalityHasNoFlags: Check = ({ linux }) => {
  if ((linux?.personality?.flags ?? []).length === 0) return noProblems;
  return [
    warning({ pointer: '/linux/personality/flags', expected: 'empty', found: 'an array', remedy: 'remove the flags: they have no effect' }),
  ];
};

/** config-linux.md, "Memory", lets a runtime ignore `kernel` and `kernelTCP`. Only cgroup v1 had such limits. */
export const kernelMemoryIsNotApart: Check = ({ linux }) => {
  const { kernel = 0, kernelTCP = 0 } = linux?.resources?.memory ?? {};
  if (kernel === 0 && kernelTCP === 0) return noProblems;
  return [
    warning({
      pointer: `/linux/resources/memory/${kernel === 0 ? 'kernelTCP' : 'kernel'}`,
      expected: 'absent',
      found: show(kernel === 0 ? kernelTCP : kernel),
      remedy: 'remove it: memory of the kernel counts for /linux/resources/memory/limit',
      words: 'limits of kernel memory are ignored: cgroup v2 counts it as memory',
    }),
  ];
};
