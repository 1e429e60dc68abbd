import { fromSystem } from '../errors/from_system.js';
import type { RuntimeError } from '../errors/runtime_error.js';
import { hasEmptyMounts } from '../host/facts.js';
import { parseRelease } from '../host/read.js';
import { unescapeOctal } from '../host/mounts/unescape_octal.js';
import { propagationFlag } from '../protocol/mount_flags.js';
import type { Operation } from '../protocol/operations.js';
import { namespaceFlags } from '../spec/names/namespaces.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import type { Finding } from './finding.js';
import { readOptional } from '../host/read_optional.js';
import { remedyOf } from './remedy.js';
import { attempt, type Trial } from './trial.js';

/** UNSHARE_EMPTY_MNTNS of linux/sched.h. */
const emptyMounts = 0x00100000;
const { mount, pid, network, user } = namespaceFlags;

/** Tries the mounts that a host, or a container around tsrun, may refuse. Makes all of them in mount namespaces that end at once. */
export async function mountFindings(): Promise<readonly Finding[]> {
  return [
    await procfsFinding(),
    await inBoth('sysfs', false, { cloneFlags: mount | network, operations: [...intoRoot, mountOn('sysfs', '/sys')] }),
    ...maskFindings(),
    await pivotFinding(),
    await beginningFinding(),
    await overlayFinding(),
    await idmapFinding('idmapped mounts of a tmpfs', idmapTmpfs),
    await idmapFinding('idmapped mounts of the file system of "/"', idmapRoot),
  ];
}

const apart: Operation = { op: 'rootPropagation', propagation: propagationFlag.slave | propagationFlag.recursive };
const intoRoot: readonly Operation[] = [apart, { op: 'rootfs', fd: -1, recursive: 1, path: '/' }];

function mountOn(type: string, destination: string): Operation {
  const none = { options: 0, superblock: 0, set: 0, clear: 0, recursiveSet: 0, recursiveClear: 0, propagation: 0, idmap: -1 };
  return { op: 'mount', ...none, type, source: type, destination, data: [] };
}

/** If no new procfs is allowed, a container can still use the existing one. */
async function procfsFinding(): Promise<Finding> {
  const finding = await inBoth('procfs', true, { cloneFlags: mount | pid, operations: [...intoRoot, mountOn('proc', '/proc')] });
  if (finding.standing !== 'missing') return finding;
  const bound = await either({ cloneFlags: mount | pid, operations: [apart, { op: 'rootfs', fd: -1, recursive: 1, path: '/proc' }] });
  if (bound !== null) return finding;
  return { ...finding, standing: 'limited', found: `no new one (${finding.found})`, remedy: bindProc };
}

/** Tries it with our own rights, and in a user namespace, where the kernel has more conditions. */
async function inBoth(name: string, needed: boolean, trial: Trial): Promise<Finding> {
  const about = { area: 'mounts', name, needed } as const;
  const inside = await attempt({ ...trial, cloneFlags: trial.cloneFlags | user });
  const outside = await attempt(trial);
  if (inside === null && outside === null) return { ...about, standing: 'available', found: 'with and without a user namespace' };
  if (inside === null && outside !== null)
    return { ...about, standing: 'limited', found: `only in a new user namespace (${outside.message})`, remedy: remedyOf(outside) };
  const failure = inside as RuntimeError;
  if (outside !== null) return { ...about, standing: 'missing', found: failure.message, remedy: remedyOf(failure) };
  return { ...about, standing: 'limited', found: `not in a user namespace (${failure.message})`, remedy: remedyOf(failure) };
}

/** Engines cover parts of /proc in their containers; the kernel then allows no new procfs in a user namespace (mount_too_revealing()). */
function maskFindings(): readonly Finding[] {
  const about = { area: 'mounts', name: 'mounts that cover parts of /proc', needed: false } as const;
  // binfmt_misc is mounted on an empty directory, which hides nothing.
  const covered = coveredBelow('/proc/').filter((place) => place !== '/proc/sys/fs/binfmt_misc');
  if (covered.length === 0) return [{ ...about, standing: 'available', found: 'none' }];
  return [{ ...about, standing: 'limited', found: [...new Set(covered)].join(' '), remedy: bindProc }];
}

const bindProc =
  'bind /proc recursively in place of a new procfs, or give the outer container an uncovered one (Docker: --security-opt systempaths=unconfined, Podman: --security-opt unmask=ALL)';

/** The mount points below a directory. */
function coveredBelow(directory: string): readonly string[] {
  return (readOptional('/proc/self/mountinfo') ?? '')
    .split('\n')
    .map((line) => unescapeOctal(line.split(' ', 5)[4] ?? ''))
    .filter((place) => place.startsWith(directory));
}

/** An unprivileged user's container has its root in a user namespace. */
async function either(trial: Trial): Promise<RuntimeError | null> {
  const outside = await attempt(trial);
  return outside === null ? null : await attempt({ ...trial, cloneFlags: trial.cloneFlags | user });
}

async function pivotFinding(): Promise<Finding> {
  const about = { area: 'mounts', name: 'pivot_root', needed: false } as const;
  const failure = await either({ cloneFlags: mount, operations: [...intoRoot, { op: 'pivotRoot' }] });
  if (failure === null) return { ...about, standing: 'available', found: 'yes' };
  return { ...about, standing: 'missing', found: failure.message, remedy: remedyOf(failure) };
}

/** Nothing is missing without it: a container is only created faster on a host with many mounts. */
async function beginningFinding(): Promise<Finding> {
  const about = { area: 'mounts', name: 'mount namespaces without the mounts of the host', needed: false, standing: 'available' } as const;
  const { release } = sys().uname();
  if (!hasEmptyMounts({ kernel: parseRelease(release) }))
    return { ...about, found: 'not used: they are copies of the host, as before Linux 7.2' };
  const failure = await attempt({ cloneFlags: 0, operations: [{ op: 'unshare', namespaces: emptyMounts }] });
  return { ...about, found: failure === null ? 'used' : `not used: they are copies of the host (${failure.message})` };
}

/** In a user namespace, the kernel refuses a lower layer with mounts in it (clone_private_mount()). */
function plainDirectory(): string {
  const mounts = coveredBelow('/');
  const plain = (path: string): boolean => !mounts.some((place) => place === path || place.startsWith(`${path}/`));
  // The mounts have paths without symbolic links, and /lib and /bin may be links into /usr.
  const isDirectory = (path: string): boolean => sys().status({ path, follow: false })?.kind === 'directory';
  return ['/usr', '/lib', '/bin', '/opt', '/etc'].find((path) => plain(path) && isDirectory(path)) ?? '/';
}

async function overlayFinding(): Promise<Finding> {
  const lower = plainDirectory();
  const overlay = (userxattr: number): readonly Operation[] => [
    apart,
    { op: 'overlay', memory: 1, size: 0, userxattr, lowers: [lower], directory: '', target: lower, label: '' },
    { op: 'rootfs', fd: -1, recursive: 1, path: lower },
  ];
  const about = { area: 'mounts', name: 'overlay', needed: false } as const;
  const outside = await attempt({ cloneFlags: mount, operations: overlay(sys().ids().euid === 0 ? 0 : 1) });
  const inside = await attempt({ cloneFlags: mount | user, operations: overlay(1) });
  if (outside === null && inside === null) return { ...about, standing: 'available', found: 'with and without a user namespace' };
  if (inside === null) return { ...about, standing: 'available', found: 'in a user namespace' };
  if (outside === null)
    return { ...about, standing: 'limited', found: `not in a user namespace (${inside.message})`, remedy: remedyOf(inside) };
  return { ...about, standing: 'missing', found: inside.message, remedy: remedyOf(inside) };
}

async function idmapFinding(name: string, trial: () => Promise<RuntimeError | null>): Promise<Finding> {
  const about = { area: 'mounts', name, needed: false } as const;
  const failure = await trial();
  if (failure === null) return { ...about, standing: 'available', found: 'yes' };
  const remedy =
    failure.errno === 'EINVAL'
      ? 'this file system of this kernel has none (tmpfs: Linux 6.3; ext4, xfs: 5.12; btrfs: 5.15; overlay: 5.19): put the root file system on another one, or use a newer kernel'
      : failure.errno === 'EPERM'
        ? 'idmapped mounts need CAP_SYS_ADMIN in the user namespace that mounted the file system: run tsrun as root of the host'
        : remedyOf(failure);
  return { ...about, standing: 'missing', found: failure.message, remedy };
}

/** On a private tmpfs, cloned from the mount namespace of the trial. */
function idmapTmpfs(): Promise<RuntimeError | null> {
  return attempt({
    cloneFlags: mount,
    operations: [...intoRoot, mountOn('tmpfs', '/dev'), { op: 'pivotRoot' }],
    then: (child) => {
      idmapCloneOf({ pid: child.pid, pidfd: child.pidfd, path: '/dev' });
    },
  });
}

async function idmapRoot(): Promise<RuntimeError | null> {
  let pidfd: Fd = -1;
  try {
    const { pid: self } = sys().ids();
    pidfd = sys().openProcess({ pid: self });
    idmapCloneOf({ pid: self, pidfd, path: '/' });
    return null;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return fromSystem(error, { code: 'setup', phase: 'setup' });
  } finally {
    if (pidfd >= 0) sys().close({ fd: pidfd });
  }
}

/** The clone is not attached, and ends with its descriptor. */
function idmapCloneOf(where: { readonly pid: number; readonly pidfd: Fd; readonly path: string }): void {
  const opened: Fd[] = [];
  try {
    opened.push(sys().cloneMount({ ...where, recursive: false, follow: true }));
    opened.push(sys().makeUserNamespace({ uidMap: '0 1000 1\n', gidMap: '0 1000 1\n' }));
    const [clone, userNamespace] = opened as [Fd, Fd];
    sys().idmapMount({ mount: clone, userNamespace, recursive: false });
  } finally {
    for (const fd of opened) sys().close({ fd });
  }
}
