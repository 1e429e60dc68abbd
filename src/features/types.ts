import type { NamespaceType } from '../spec/names/namespaces.js';

/** Whether a feature is supported. */
export interface Enabled {
  /** Whether it is supported. */
  readonly enabled: boolean;
}

/** What of seccomp is supported (features-linux.md). Without libseccomp, only `enabled`, which is false. */
export interface SeccompFeatures extends Enabled {
  /** The actions that a profile may name. */
  readonly actions?: readonly string[];
  /** The operators that a profile may name. */
  readonly operators?: readonly string[];
  /** The architectures that a profile may name. */
  readonly archs?: readonly string[];
  /** The flags that a profile may name. */
  readonly knownFlags?: readonly string[];
  /** Those of them that the host's kernel supports. */
  readonly supportedFlags?: readonly string[];
}

/** What is supported of `linux` of config.json (features-linux.md). */
export interface LinuxFeatures {
  /** The types of namespaces. */
  readonly namespaces: readonly NamespaceType[];
  /** The capabilities that a configuration may name. */
  readonly capabilities: readonly string[];
  /** The versions of cgroups, and who can make them. */
  readonly cgroup: {
    /** Never: tsrun uses cgroup v2 alone. */
    readonly v1: boolean;
    /** Always. */
    readonly v2: boolean;
    /** Whether systemd can make the cgroups. */
    readonly systemd: boolean;
    /** Whether the systemd of a user can. */
    readonly systemdUser: boolean;
    /** Whether `resources.rdma` is supported. */
    readonly rdma: boolean;
  };
  /** Seccomp. */
  readonly seccomp: SeccompFeatures;
  /** `process.apparmorProfile`. */
  readonly apparmor: Enabled;
  /** `process.selinuxLabel` and `linux.mountLabel`. */
  readonly selinux: Enabled;
  /** `linux.intelRdt`. */
  readonly intelRdt: Enabled & {
    /** `intelRdt.schemata`. */
    readonly schemata: boolean;
    /** `intelRdt.enableMonitoring`. */
    readonly monitoring: boolean;
  };
  /** The modes and flags of `linux.memoryPolicy`. */
  readonly memoryPolicy: {
    /** The modes. */
    readonly modes: readonly string[];
    /** The flags. */
    readonly flags: readonly string[];
  };
  /** Extensions of `mounts`. */
  readonly mountExtensions: {
    /** Id-mapped mounts. */
    readonly idmap: Enabled;
  };
  /** `linux.netDevices`. */
  readonly netDevices: Enabled;
}

/** The features document of the runtime specification (features.md, features-linux.md). */
export interface Features {
  /** The oldest version of the specification that is accepted. */
  readonly ociVersionMin: string;
  /** The newest version of the specification that is accepted. */
  readonly ociVersionMax: string;
  /** The kinds of hooks. */
  readonly hooks: readonly string[];
  /** The options of mounts that are known, sorted. */
  readonly mountOptions: readonly string[];
  /** What is supported of `linux`. */
  readonly linux: LinuxFeatures;
  /** What the specification has no member for, such as the version of tsrun (`org.tsrun.version`). */
  readonly annotations: Readonly<Record<string, string>>;
  /** Annotations of a configuration that must not come from an image. A name that ends with a dot is a prefix. */
  readonly potentiallyUnsafeConfigAnnotations: readonly string[];
}
