import type { IdMapping, Mount, Namespace, Spec } from './types.js';
import { specVersion } from './version.js';

const capabilities = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'] as const;

export interface TemplateOptions {
  /** For a container of a user without privileges: who root of its user namespace is, because a user can map only their own ids. */
  readonly rootless: { readonly uid: number; readonly gid: number } | null;
  /** Whether cgroup v2 is the host's only hierarchy; if so, the container gets a cgroup namespace. */
  readonly unified: boolean;
}

/** What `tsrun spec` writes: the configuration of `runc spec`, with the same fields in the same order. */
export function templateSpec({ rootless, unified }: TemplateOptions): Spec {
  const isRootless = rootless !== null;
  const cgroup: readonly Namespace[] = unified ? [{ type: 'cgroup' }] : [];
  return {
    ociVersion: specVersion,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ['sh'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: true },
    hostname: 'tsrun',
    mounts: mounts(isRootless),
    linux: {
      ...(rootless === null
        ? { resources: { devices: [{ allow: false, access: 'rwm' }] } }
        : { uidMappings: [rootIs(rootless.uid)], gidMappings: [rootIs(rootless.gid)] }),
      namespaces: isRootless
        ? [{ type: 'pid' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }, ...cgroup, { type: 'user' }]
        : [{ type: 'pid' }, { type: 'network' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }, ...cgroup],
      maskedPaths: [
        '/proc/acpi',
        '/proc/asound',
        '/proc/kcore',
        '/proc/keys',
        '/proc/latency_stats',
        '/proc/timer_list',
        '/proc/timer_stats',
        '/proc/sched_debug',
        '/sys/firmware',
        '/proc/scsi',
      ],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

/** Without privileges on the host, the container has neither the group tty (5) nor its own network namespace that sysfs could show. */
function mounts(rootless: boolean): readonly Mount[] {
  const terminals = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: rootless ? terminals : [...terminals, 'gid=5'] },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    rootless
      ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'] },
  ];
}

/** user_namespaces(7): one id of the host. */
function rootIs(hostID: number): IdMapping {
  return { containerID: 0, hostID, size: 1 };
}
