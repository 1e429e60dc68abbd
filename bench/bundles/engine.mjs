import { existsSync, readdirSync } from 'node:fs';
import { seccompProfile } from './seccomp.mjs';

/** Docker's default capabilities. */
const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
].map((name) => `CAP_${name}`);

const binds = 20;

/**
 * What an engine under Kubernetes adds to the default bundle. `root` contains the directory to bind from; `controllers` are those of cgroup
 * v2.
 */
export function engineConfig(plain, { source, controllers }) {
  const config = structuredClone(plain);
  config.process.capabilities = { bounding: capabilities, effective: capabilities, permitted: capabilities };
  config.process.noNewPrivileges = false;
  for (let number = 0; number < binds; number++) {
    const options = ['rbind', 'rprivate', number % 2 === 0 ? 'ro' : 'rw'];
    config.mounts.push({ destination: `/mnt/${number}`, type: 'bind', source, options });
  }
  config.linux.maskedPaths.push('/proc/interrupts', '/sys/devices/virtual/powercap', ...throttlePaths());
  config.linux.seccomp = seccompProfile();
  config.linux.resources = { ...config.linux.resources, ...limits(controllers) };
  return config;
}

export const bindTargets = Array.from({ length: binds }, (_, number) => `mnt/${number}`);

/** Kubernetes masks one directory for each processor. */
function throttlePaths() {
  const processors = '/sys/devices/system/cpu';
  return readdirSync(processors)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => `${processors}/${name}/thermal_throttle`)
    .filter((path) => existsSync(path));
}

/** Only limits whose controllers the host has; the others cannot be measured. */
function limits(controllers) {
  return {
    ...(controllers.includes('memory') ? { memory: { limit: 512 << 20 } } : {}),
    ...(controllers.includes('pids') ? { pids: { limit: 1024 } } : {}),
  };
}
