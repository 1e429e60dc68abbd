import { sys } from '../../sys/call.js';
import { cleanPath } from '../../spec/cleaned_path.js';
import { problem, show, token, type Problem } from '../../spec/problem.js';
import type { DiskCheck } from './disk_check.js';
import { hostPath } from './host_path.js';
import { statusInRoot } from './resolve_in_root.js';

/**
 * No symlink of the image redirects a mount or a masked path to the container's root. {@link rootStaysBare} checks paths that are the root
 * without a symlink.
 */
export const noLinkLeadsToRoot: DiskCheck = ({ spec, bundle }) => {
  if (spec.root === undefined) return [];
  const root = hostPath(bundle, spec.root.path);
  const own = sys().status({ path: root, follow: true });
  if (own === null) return [];
  const isRoot = (path: string): boolean => {
    const clean = cleanPath(path);
    if (clean === '/') return false;
    const status = statusInRoot({ root, path: clean });
    return status !== null && status.inode === own.inode && status.device === own.device;
  };
  const problems: Problem[] = [];
  const look = (pointer: string, path: string): void => {
    if (!isRoot(path)) return;
    problems.push(
      problem({
        pointer,
        expected: 'below the root',
        found: `${show(path)}, which a symbolic link redirects to the root`,
        remedy: 'change the path, or the image',
      }),
    );
  };
  (spec.mounts ?? []).forEach(({ destination, options }, index) => {
    if (options?.includes('remount') !== true) look(`/mounts${token(index)}/destination`, destination);
  });
  (spec.linux?.maskedPaths ?? []).forEach((path, index) => {
    look(`/linux/maskedPaths${token(index)}`, path);
  });
  return problems;
};
