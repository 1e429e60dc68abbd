import { isCgroup2 } from '../host/mounts/cgroup.js';
import { cgroupControllers, controllerAbsence, enabledControllers } from '../host/controllers.js';
import type { HostFacts } from '../host/facts.js';
import { unescapeOctal } from '../host/mounts/unescape_octal.js';
import { sys } from '../sys/call.js';
import type { Finding } from './finding.js';
import { readOptional } from '../host/read_optional.js';

type Cgroup = Pick<Finding, 'standing' | 'found' | 'remedy'>;

/** The controllers for which the specification has limits. */
const wanted = ['cpu', 'cpuset', 'hugetlb', 'io', 'memory', 'pids', 'rdma'] as const;

/** Finds out what cgroup v2 offers containers. Only reads, because others would see a cgroup that was created for a trial. */
export function cgroupFindings(host: Pick<HostFacts, 'cgroupMount' | 'euid' | 'inUserNamespace'>): readonly Finding[] {
  const mount = host.cgroupMount;
  const finding = (name: string, cgroup: Cgroup, needed = false): Finding => ({ area: 'cgroup', name, needed, ...cgroup });
  if (mount === null) {
    const remedy = 'mount -t cgroup2 none /sys/fs/cgroup, or boot with systemd.unified_cgroup_hierarchy=1';
    return [finding('cgroup v2', { standing: 'missing', found: 'not mounted', remedy }, true)];
  }
  const own = ownCgroup(mount);
  return [
    finding('cgroup v2', { standing: 'available', found: mount }),
    // For a user who is not root on the host, a container without limits needs no cgroup (decision 0026).
    finding('write access', writeAccess(mount, own), host.euid === 0 && !host.inUserNamespace),
    finding('controllers', controllers(mount)),
    finding('controllers for containers', handingDown(mount)),
    ...(own === null ? [] : [finding(`delegation of our cgroup "${own.path}"`, delegation(own))]),
  ];
}

interface OwnCgroup {
  /** As in /proc/self/cgroup. */
  readonly path: string;
  readonly directory: string;
}

/** Null if it is outside of the mounted hierarchy. */
function ownCgroup(mount: string): OwnCgroup | null {
  const path = /^0::(\/.*)$/m.exec(readOptional('/proc/self/cgroup') ?? '')?.[1];
  if (path === undefined) return null;
  const directory = path === '/' ? mount : `${mount}${path}`;
  return isCgroup2(directory) ? { path, directory } : null;
}

/** W_OK and X_OK of access(2). */
const [writable, searchable] = [2, 1];

/** Also false on a mount that is read-only. */
function mayWrite(path: string, mode = writable): boolean {
  return sys().access({ path, mode });
}

/** Reads the options of the topmost mount there (proc_pid_mountinfo(5)). */
function isMountedReadonly(mount: string): boolean {
  const lines = (readOptional('/proc/self/mountinfo') ?? '').split('\n').map((line) => line.split(' '));
  const options = lines.filter(([, , , , place = '']) => unescapeOctal(place) === mount).pop()?.[5] ?? '';
  return options.split(',').includes('ro');
}

/** Without an absolute /linux/cgroupsPath, containers have their cgroups at the root of the mount. */
function writeAccess(mount: string, own: OwnCgroup | null): Cgroup {
  if (mayWrite(mount, writable | searchable) && mayWrite(`${mount}/cgroup.procs`))
    return { standing: 'available', found: `cgroups can be made in "${mount}"` };
  if (isMountedReadonly(mount)) {
    return {
      standing: 'missing',
      found: `"${mount}" is mounted read-only, as in the container of an engine`,
      remedy:
        'start the outer container with a writable cgroup of its own (Docker: --privileged --cgroupns=private, Podman: --security-opt unmask=/sys/fs/cgroup)',
    };
  }
  const below = own !== null && own.directory !== mount && mayWrite(own.directory, writable | searchable);
  return below
    ? { standing: 'limited', found: `only below "${own.path}"`, remedy: `begin /linux/cgroupsPath with "${own.path}/"` }
    : {
        standing: 'missing',
        found: `this user may not make cgroups in "${mount}"`,
        remedy:
          'use tsrun --systemd-cgroup (the systemd of the user makes the cgroup), or let root chown a cgroup with its cgroup.procs and cgroup.subtree_control',
      };
}

function controllers(mount: string): Cgroup {
  const there = cgroupControllers(mount);
  const found = there.length === 0 ? 'none' : there.join(' ');
  const absent = wanted.filter((name) => !there.includes(name));
  if (absent.length === 0) return { standing: 'available', found };
  return {
    standing: absent.length === wanted.length ? 'missing' : 'limited',
    found: `${found}; not there: ${absent.join(' ')}`,
    remedy: absences(absent, isRoot(mount)),
  };
}

function absences(absent: readonly string[], root: boolean): string {
  const because = absent.map((name) => [name, controllerAbsence(name)] as const);
  const named = (reason: string): string =>
    because
      .filter(([, is]) => is === reason)
      .map(([name]) => name)
      .join(', ');
  const v1 = named('v1');
  if (v1 !== '') return `cgroup v1 holds ${v1}: boot with cgroup_no_v1=all (systemd.unified_cgroup_hierarchy=1 with systemd)`;
  const disabled = named('disabled');
  if (disabled !== '') return `remove cgroup_disable= from the kernel's command line for ${disabled}`;
  if (!root) return 'ask the owner of the parent cgroup to enable them in its cgroup.subtree_control';
  return 'use a kernel that is built with them; tsrun refuses limits that need them';
}

/** The root of the hierarchy is the only cgroup without this file (cgroups(7)). */
function isRoot(directory: string): boolean {
  return !sys().access({ path: `${directory}/cgroup.type`, mode: 0 });
}

/** Except for the root, only a cgroup without processes can enable controllers for its children (cgroups(7), "no internal processes"). */
function handingDown(directory: string): Cgroup {
  const offered = cgroupControllers(directory);
  const enabled = enabledControllers(directory);
  const rest = offered.filter((name) => !enabled.includes(name));
  const list = enabled.length === 0 ? 'none enabled yet' : `enabled: ${enabled.join(' ')}`;
  if (rest.length === 0) return { standing: 'available', found: list };
  const found = `${list}; to be enabled: ${rest.join(' ')}`;
  if (!mayWrite(`${directory}/cgroup.subtree_control`)) {
    return {
      standing: 'limited',
      found,
      remedy: 'ask the owner of the cgroup to enable them in cgroup.subtree_control; until then tsrun refuses limits that need them',
    };
  }
  if (!isRoot(directory) && (readOptional(`${directory}/cgroup.procs`) ?? '') !== '') {
    return {
      standing: 'limited',
      found: `${found}, but "${directory}" has processes`,
      remedy: `move its processes to a cgroup below it before limits are set: mkdir ${directory}/init, and write each pid of cgroup.procs to init/cgroup.procs`,
    };
  }
  return { standing: 'available', found };
}

/** cgroups(7), "Delegation": the directory and these two files belong to the user. */
function delegation({ directory }: OwnCgroup): Cgroup {
  const places = [directory, `${directory}/cgroup.procs`, `${directory}/cgroup.subtree_control`];
  const refused = places.filter((path) => !mayWrite(path));
  if (refused.length === 0)
    return { standing: 'available', found: `writable; controllers: ${cgroupControllers(directory).join(' ') || 'none'}` };
  return {
    standing: 'missing',
    found: `this user may not write to ${refused.map((path) => `"${path}"`).join(', ')}`,
    remedy: 'use tsrun --systemd-cgroup: the systemd of the user then makes a delegated cgroup for the container',
  };
}
