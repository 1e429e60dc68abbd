import { isBind } from '../../spec/mounts.js';
import { cleanPath } from '../../spec/cleaned_path.js';
import { noProblems, problem, show } from '../../spec/problem.js';
import type { Spec } from '../../spec/types.js';
import type { DiskCheck } from './disk_check.js';
import { hostPath } from './host_path.js';
import { statusInRoot } from './resolve_in_root.js';

/** The first of `process.args` is in the root file system, as far as one can tell before anything is mounted. */
export const programIsThere: DiskCheck = ({ spec, bundle }) => {
  const program = spec.process?.args?.[0] ?? '';
  // With an overlay, root.path does not contain its layers.
  if (program === '' || spec.root === undefined || spec.annotations?.['org.tsrun.overlay.lowers'] !== undefined) return noProblems;
  const root = hostPath(bundle, spec.root.path);
  const candidates = candidatesOf(program, spec);
  if (candidates.some((path) => isMountedOver(path, spec))) return noProblems;
  const kinds = candidates.map((path) => statusInRoot({ root, path })).filter((status) => status !== null);
  if (kinds.some(({ kind, mode }) => kind === 'file' && (mode & 0o111) !== 0)) return noProblems;
  const reason =
    kinds.length > 0
      ? 'which cannot be executed'
      : program.includes('/')
        ? 'which is not in the root file system'
        : 'which is in no directory of PATH';
  return [
    problem({
      pointer: '/process/args/0',
      expected: 'a program in the container',
      found: `${show(program)}, ${reason}`,
      remedy: kinds.length > 0 ? 'make the file executable (chmod +x)' : 'correct the name, or install the program in the root file system',
    }),
  ];
};

/** The paths in which execvp(3) would search. */
function candidatesOf(program: string, { process }: Spec): readonly string[] {
  const cwd = process?.cwd ?? '/';
  if (program.includes('/')) return [cleanPath(program.startsWith('/') ? program : `${cwd}/${program}`)];
  const path = process?.env?.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? defaultPath;
  return path.split(':').map((directory) => cleanPath(`${directory.startsWith('/') ? directory : `${cwd}/${directory}`}/${program}`));
}

/** runc's default for an environment without PATH. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What lies below a mount cannot be seen yet; new file systems contain no programs. */
function isMountedOver(path: string, { mounts = [] }: Spec): boolean {
  return mounts.some((mount) => {
    const destination = cleanPath(mount.destination);
    return isBind(mount) && (path === destination || destination === '/' || path.startsWith(`${destination}/`));
  });
}
