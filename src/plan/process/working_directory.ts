import { cleanPath } from '../../spec/cleaned_path.js';
import type { PlanContext } from '../context.js';
import type { Operation } from '../../protocol/operations.js';
import { rootIsReadonly } from '../mounts/rootfs.js';

/**
 * Creates a missing working directory before any directory that may contain it becomes read-only, as in runc and crun. A read-only path can
 * be a symbolic link of the image to anywhere, even to the root. Does nothing if nothing can become read-only: the process enters its
 * directory later (process.ts).
 */
export function earlyWorkingDirectory({ input, namespaces }: PlanContext, finished: readonly Operation[]): readonly Operation[] {
  const { spec } = input;
  const { process, linux, mounts = [] } = spec;
  if (process.cwd === '/' || !namespaces.own.has('mount')) return [];
  // No image has symbolic links in these, and nothing can be created in them.
  const kernel = mounts.filter(({ type }) => type === 'proc' || type === 'sysfs').map(({ destination }) => `${cleanPath(destination)}/`);
  const closes =
    rootIsReadonly(spec) ||
    finished.length > 0 ||
    (linux?.readonlyPaths ?? []).some((path) => !kernel.some((above) => cleanPath(path).startsWith(above)));
  return closes ? [{ op: 'workingDirectory', path: process.cwd }] : [];
}
