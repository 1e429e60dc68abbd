import type { Check } from '../../check.js';
import { noProblems, problem, show, type Problem } from '../../problem.js';

const pointer = '/linux/intelRdt';

/** `linux.intelRdt` (config-linux.md, "IntelRdt"), in runc's words. */
export const intelRdtIsPossible: Check = ({ linux }, host) => {
  const intelRdt = linux?.intelRdt;
  if (intelRdt === undefined) return noProblems;
  const { closID = '', schemata = [] } = intelRdt;
  const problems: Problem[] = [];
  if (closID === '.' || closID === '..' || (closID.length > 1 && closID.includes('/'))) {
    const words = `invalid intelRdt.ClosID ${show(closID)}`;
    problems.push(
      problem({
        pointer: `${pointer}/closID`,
        expected: 'the name of a directory',
        found: show(closID),
        remedy: 'use a name without slashes, or leave it out',
        words,
      }),
    );
  }
  schemata.forEach((line, index) => {
    if (!line.includes('\n')) return;
    problems.push(
      problem({
        pointer: `${pointer}/schemata/${index}`,
        expected: 'one line',
        found: show(line),
        remedy: 'write each line as its own entry',
      }),
    );
  });
  if (host.resctrlMount === null) {
    const words = 'intelRdt is specified in config, but Intel RDT is not supported or enabled';
    problems.push(
      problem({
        pointer,
        expected: 'absent on a host without resctrl',
        found: 'an object',
        remedy: 'mount it with "mount -t resctrl resctrl /sys/fs/resctrl", if the processor supports it, or remove the field',
        words,
      }),
    );
  }
  return problems;
};
