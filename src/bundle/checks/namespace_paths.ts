import { sys } from '../../sys/call.js';
import { problem, show, token, type Problem } from '../../spec/problem.js';
import type { DiskCheck } from './disk_check.js';

/** NSFS_MAGIC (statfs(2)): what setns(2) takes. */
const nsfs = 0x6e736673;

/** Namespaces that are joined exist. */
export const namespacePathsExist: DiskCheck = ({ spec }) => {
  const problems: Problem[] = [];
  (spec.linux?.namespaces ?? []).forEach(({ type, path = '' }, index) => {
    if (!path.startsWith('/')) return;
    const details = { pointer: `/linux/namespaces${token(index)}/path`, expected: `a ${type} namespace` };
    if (sys().status({ path, follow: true }) === null) {
      problems.push(
        problem({
          ...details,
          found: `${show(path)}, which does not exist`,
          remedy: 'make the namespace first, or remove the path for a new one',
        }),
      );
    } else if (sys().filesystemType({ path }) !== nsfs) {
      problems.push(
        problem({
          ...details,
          found: `${show(path)}, which is no namespace`,
          remedy: 'name a file of /proc/<pid>/ns, or one that such a file is mounted on',
        }),
      );
    } else if (type === 'mount' && isSame(path, '/proc/self/ns/mnt')) {
      problems.push(
        problem({
          ...details,
          expected: 'a mount namespace other than that of tsrun',
          found: show(path),
          remedy: 'remove the path for a new one: the root of everything in it would be changed',
        }),
      );
    }
  });
  return problems;
};

function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => sys().status({ path, follow: true }));
  return first?.inode === second?.inode && first?.device === second?.device;
}
