import { sys } from '../../sys/call.js';
import { isBind } from '../../spec/mounts.js';
import { problem, show, token, type Problem } from '../../spec/problem.js';
import type { DiskCheck } from './disk_check.js';
import { hostPath } from './host_path.js';

/** The sources of bind mounts exist. tsrun creates mount points, but never a source. */
export const bindSourcesExist: DiskCheck = ({ spec, bundle }) => {
  const problems: Problem[] = [];
  (spec.mounts ?? []).forEach((mount, index) => {
    const { source = '', options = [] } = mount;
    if (!isBind(mount) || source === '' || options.includes('remount')) return;
    const follow = !options.includes('src-nofollow') && !options.includes('copy-symlink');
    if (sys().status({ path: hostPath(bundle, source), follow }) !== null) return;
    problems.push(
      problem({
        pointer: `/mounts${token(index)}/source`,
        expected: 'a file or directory of the host',
        found: `${show(source)}, which does not exist`,
        remedy: 'create it, or remove the mount; relative paths start from the bundle',
      }),
    );
  });
  return problems;
};
