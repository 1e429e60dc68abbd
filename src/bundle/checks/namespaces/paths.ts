import { sys } from '../../../sys/call.js';
import { problem, show, token, type Problem } from '../../../spec/problem.js';
import type { DiskCheck } from '../disk_check.js';

/** NSFS_MAGIC (statfs(2)): the file system of every file that setns(2) accepts. */
const nsfs = 0x6e736673;

/** The namespaces to join exist. */
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
          remedy: 'create the namespace first, or remove the path to get a new one',
        }),
      );
    } else if (sys().filesystemType({ path }) !== nsfs) {
      problems.push(
        problem({
          ...details,
          found: `${show(path)}, which is not a namespace`,
          remedy: 'name a file in /proc/<pid>/ns, or a file on which one of these is mounted',
        }),
      );
    } else if (type === 'mount' && isSame(path, '/proc/self/ns/mnt')) {
      problems.push(
        problem({
          ...details,
          expected: "a mount namespace other than tsrun's own",
          found: show(path),
          remedy: 'remove the path to get a new one: joining would change the root of every process in this one',
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
