// Written by scripts/runtime_spec/generate.mjs. Do not edit.

/** Weights and rates of block devices. */
export interface ConfigBlockIo {
  /** `linux.resources.blockIO.weight` of config.json. */
  readonly weight?: number;
  /** `linux.resources.blockIO.leafWeight` of config.json. */
  readonly leafWeight?: number;
  /** `linux.resources.blockIO.throttleReadBpsDevice` of config.json. */
  readonly throttleReadBpsDevice?: readonly {
    /** `linux.resources.blockIO.throttleReadBpsDevice.major` of config.json. */
    readonly major: number | bigint;
    /** `linux.resources.blockIO.throttleReadBpsDevice.minor` of config.json. */
    readonly minor: number | bigint;
    /** `linux.resources.blockIO.throttleReadBpsDevice.rate` of config.json. */
    readonly rate?: number | bigint;
  }[];
  /** `linux.resources.blockIO.throttleWriteBpsDevice` of config.json. */
  readonly throttleWriteBpsDevice?: readonly {
    /** `linux.resources.blockIO.throttleWriteBpsDevice.major` of config.json. */
    readonly major: number | bigint;
    /** `linux.resources.blockIO.throttleWriteBpsDevice.minor` of config.json. */
    readonly minor: number | bigint;
    /** `linux.resources.blockIO.throttleWriteBpsDevice.rate` of config.json. */
    readonly rate?: number | bigint;
  }[];
  /** `linux.resources.blockIO.throttleReadIOPSDevice` of config.json. */
  readonly throttleReadIOPSDevice?: readonly {
    /** `linux.resources.blockIO.throttleReadIOPSDevice.major` of config.json. */
    readonly major: number | bigint;
    /** `linux.resources.blockIO.throttleReadIOPSDevice.minor` of config.json. */
    readonly minor: number | bigint;
    /** `linux.resources.blockIO.throttleReadIOPSDevice.rate` of config.json. */
    readonly rate?: number | bigint;
  }[];
  /** `linux.resources.blockIO.throttleWriteIOPSDevice` of config.json. */
  readonly throttleWriteIOPSDevice?: readonly {
    /** `linux.resources.blockIO.throttleWriteIOPSDevice.major` of config.json. */
    readonly major: number | bigint;
    /** `linux.resources.blockIO.throttleWriteIOPSDevice.minor` of config.json. */
    readonly minor: number | bigint;
    /** `linux.resources.blockIO.throttleWriteIOPSDevice.rate` of config.json. */
    readonly rate?: number | bigint;
  }[];
  /** `linux.resources.blockIO.weightDevice` of config.json. */
  readonly weightDevice?: readonly {
    /** `linux.resources.blockIO.weightDevice.major` of config.json. */
    readonly major: number | bigint;
    /** `linux.resources.blockIO.weightDevice.minor` of config.json. */
    readonly minor: number | bigint;
    /** `linux.resources.blockIO.weightDevice.weight` of config.json. */
    readonly weight?: number;
    /** `linux.resources.blockIO.weightDevice.leafWeight` of config.json. */
    readonly leafWeight?: number;
  }[];
}
