/** A configuration as Docker writes one with user namespaces. Its parts matter, not their number. */
const capabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];
const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const file = (name: string) => ({
  destination: `/etc/${name}`,
  type: 'bind',
  source: `/var/lib/docker/containers/web/${name}`,
  options: ['rbind', 'rprivate'],
});

export const engineParts = {
  top: {
    root: { path: '/var/lib/docker/overlay2/web/merged' },
    hostname: 'f00ba4',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
      },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro', 'nosuid', 'noexec', 'nodev'] },
      { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
      { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=67108864'] },
      { destination: '/data', type: 'bind', source: '/srv/data', options: ['rbind', 'ro', 'rro', 'rslave'] },
      file('resolv.conf'),
      file('hosts'),
    ],
    hooks: { prestart: [{ path: '/proc/1/exe', args: ['libnetwork-setkey', 'web'] }] },
  },
  process: {
    terminal: true,
    user: { uid: 33, gid: 33, umask: 0o22, additionalGids: [4, 33] },
    args: ['/docker-entrypoint.sh', 'nginx'],
    env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOSTNAME=f00ba4', 'TERM=xterm', 'HOME=/var/www'],
    cwd: '/var/www',
    capabilities: { bounding: capabilities, effective: [], permitted: [], inheritable: [] },
    rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 18446744073709551615n }],
    noNewPrivileges: false,
    oomScoreAdj: 100,
  },
  linux: {
    namespaces: ['mount', 'network', 'uts', 'pid', 'ipc', 'cgroup', 'user', 'time'].map((type) => ({ type })),
    uidMappings: ids,
    gidMappings: ids,
    sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    seccomp: { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }] },
    maskedPaths: ['/proc/kcore', '/proc/keys', '/sys/firmware'],
    readonlyPaths: ['/proc/bus', '/proc/sys'],
  },
};
