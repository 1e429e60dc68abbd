import { mountOptionNames } from '../plan/mounts/options.js';
import { annotationRules } from '../spec/annotations.js';
import { capabilityNames } from '../spec/names/capabilities.js';
import { hookKinds } from '../spec/names/hooks.js';
import { memoryPolicyFlags, memoryPolicyModes } from '../spec/names/scheduling/memory_policy.js';
import { namespaceTypes } from '../spec/names/namespaces.js';
import { seccompActions, seccompArchitectures, seccompFlags as knownFlags, seccompOperators } from '../spec/names/seccomp.js';
import { specVersion } from '../spec/version.js';
import type { Features, SeccompFeatures } from './types.js';

export interface Build {
  readonly version: string;
  readonly commit: string;
  /** The version of libseccomp, or "" if it is not linked in. */
  readonly seccomp: string;
  /** The flags of seccomp(2) that a profile may name and that the kernel supports. */
  readonly seccompFlags: readonly string[];
}

/**
 * Describes what this runtime supports, regardless of the host (features.md, features-linux.md); only the supported flags of seccomp depend
 * on the kernel. dockerd looks for `rro` among the mount options, containerd for id-mapped mounts and the user namespace.
 */
export function featuresDocument({ version, commit, seccomp, seccompFlags }: Build): Features {
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: specVersion,
    hooks: hookKinds,
    mountOptions: [...mountOptionNames].sort(),
    linux: {
      namespaces: namespaceTypes,
      capabilities: capabilityNames,
      cgroup: { v1: false, v2: true, systemd: true, systemdUser: true, rdma: true },
      seccomp: seccomp === '' ? { enabled: false } : seccompFeatures(seccompFlags),
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: true, schemata: true, monitoring: true },
      memoryPolicy: { modes: Object.keys(memoryPolicyModes), flags: Object.keys(memoryPolicyFlags) },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: true },
    },
    annotations: {
      'org.tsrun.version': version,
      'org.tsrun.commit': commit,
      // Engines look for it under runc's name.
      'org.opencontainers.runc.checkpoint.enabled': 'true',
      ...(seccomp === '' ? {} : { 'io.github.seccomp.libseccomp.version': seccomp }),
    },
    // Includes annotations that are not honoured, so that an engine that withholds them from images is safe with every release. A name that
    // ends with a dot is a prefix.
    potentiallyUnsafeConfigAnnotations: annotationRules.map(({ name }) => name),
  };
}

function seccompFeatures(supportedFlags: readonly string[]): SeccompFeatures {
  return {
    enabled: true,
    actions: Object.keys(seccompActions),
    operators: Object.keys(seccompOperators),
    archs: Object.keys(seccompArchitectures),
    knownFlags: Object.keys(knownFlags),
    supportedFlags,
  };
}
