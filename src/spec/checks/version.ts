import type { Check } from '../check.js';
import { noProblems, problem, show, warning } from '../problem.js';

/** The newest version of the specification whose fields tsrun knows. */
const newestMinor = 3;

/**
 * `ociVersion` is a semantic version (config.md, "Specification version"). The last number may be missing (runc checks none of them). A
 * prerelease counts as the release it precedes, because old engines write 1.0.0-rc5.
 */
export const versionIsSupported: Check = ({ ociVersion }) => {
  const [, major, minor] = /^(\d+)\.(\d+)(?:\.\d+)?(?:[-+][0-9A-Za-z.+-]+)?$/.exec(ociVersion) ?? [];
  const details = { pointer: '/ociVersion', expected: 'a version from 1.0.0 to 1.3.x', found: show(ociVersion) };
  if (major !== '1')
    return [problem({ ...details, remedy: 'write the version of the specification that the file follows, such as "1.3.0"' })];
  if (Number(minor) <= newestMinor) return noProblems;
  return [warning({ ...details, remedy: 'fields that are newer than version 1.3 are ignored' })];
};
