import { specVersion } from '../cli/version.js';
import { mountOptionNames } from '../plan/mount_options.js';
import { capabilityNames } from '../spec/names/capabilities.js';
import { hookKinds } from '../spec/names/hooks.js';
import { memoryPolicyFlags, memoryPolicyModes } from '../spec/names/memory_policy.js';
import { namespaceTypes } from '../spec/names/namespaces.js';
import { seccompActions, seccompArchitectures, seccompFlags, seccompOperators } from '../spec/names/seccomp.js';

export interface Build {
  readonly version: string;
  readonly commit: string;
  /** The version of libseccomp, or "" where it is not linked in. */
  readonly seccomp: string;
}

/**
 * What this runtime can do, whatever the host can (features.md, features-linux.md). dockerd looks for `rro` among the mount options, containerd for id-mapped
 * mounts and the user namespace.
 */
export function featuresDocument({ version, commit, seccomp }: Build): object {
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: specVersion,
    hooks: hookKinds,
    mountOptions: [...mountOptionNames].sort(),
    linux: {
      namespaces: namespaceTypes,
      capabilities: capabilityNames,
      cgroup: { v1: false, v2: true, systemd: false, systemdUser: false, rdma: true },
      seccomp: seccomp === '' ? { enabled: false } : seccompFeatures(),
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: false },
      memoryPolicy: { modes: Object.keys(memoryPolicyModes), flags: Object.keys(memoryPolicyFlags) },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: false },
    },
    annotations: {
      'org.tsrun.version': version,
      'org.tsrun.commit': commit,
      ...(seccomp === '' ? {} : { 'io.github.seccomp.libseccomp.version': seccomp }),
    },
    // They choose directories of the host. A name that ends with a dot is a prefix.
    potentiallyUnsafeConfigAnnotations: ['org.tsrun.overlay', 'org.tsrun.overlay.'],
  };
}

function seccompFeatures(): object {
  return {
    enabled: true,
    actions: Object.keys(seccompActions),
    operators: Object.keys(seccompOperators),
    archs: Object.keys(seccompArchitectures),
    knownFlags: Object.keys(seccompFlags),
  };
}
