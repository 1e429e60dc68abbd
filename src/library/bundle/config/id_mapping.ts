// Written by scripts/runtime_spec/generate.mjs. Do not edit.

/** A range of ids of a container, and the ids of the host that they are. */
export interface ConfigIdMapping {
  /** `uidMappings.containerID` of config.json. */
  readonly containerID: number;
  /** `uidMappings.hostID` of config.json. */
  readonly hostID: number;
  /** `uidMappings.size` of config.json. */
  readonly size: number;
}
