import { sys } from '../../sys/call.js';
import { isBind } from '../../spec/mounts.js';
import { cleanPath } from '../../spec/cleaned_path.js';
import { noProblems, problem, show, token, type Problem } from '../../spec/problem.js';
import type { DiskCheck } from './disk_check.js';
import { hostPath } from './host_path.js';

/** PROC_SUPER_MAGIC (statfs(2)). */
const procfs = 0x9fa0;

/** A bind mount on /proc must have a procfs as its source: {@link procStaysProc} says why. runc's rule and words. */
export const procBindIsProcfs: DiskCheck = ({ spec, bundle }) => {
  const problems: Problem[] = [];
  (spec.mounts ?? []).forEach((mount, index) => {
    if (cleanPath(mount.destination) !== '/proc' || !isBind(mount)) return;
    const source = hostPath(bundle, mount.source ?? '');
    if (sys().status({ path: source, follow: true }) === null || sys().filesystemType({ path: source }) === procfs) return;
    const words = `${show('/proc')} cannot be mounted because it is not of type proc`;
    problems.push(
      problem({
        pointer: `/mounts${token(index)}/source`,
        expected: 'a procfs',
        found: show(mount.source),
        remedy: 'bind-mount the host\'s /proc, or use a mount of type "proc"',
        words,
      }),
    );
  });
  return problems.length === 0 ? noProblems : problems;
};
