import { sys } from '../../sys/call.js';
import { noProblems, problem, show } from '../../spec/problem.js';
import type { DiskCheck } from './disk_check.js';
import { hostPath } from './host_path.js';

/** `root.path` is a directory. */
export const rootfsIsDirectory: DiskCheck = ({ spec, bundle }) => {
  const path = spec.root?.path ?? '';
  if (path === '') return noProblems;
  const kind = sys().status({ path: hostPath(bundle, path), follow: true })?.kind;
  if (kind === 'directory') return noProblems;
  const found = kind === undefined ? `${show(path)}, which does not exist` : `${show(path)}, a ${kind}`;
  return [
    problem({
      pointer: '/root/path',
      expected: 'a directory',
      found,
      remedy: 'put the root file system there; the path must be absolute or relative to the bundle',
    }),
  ];
};
