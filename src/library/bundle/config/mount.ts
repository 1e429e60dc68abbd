// Written by scripts/runtime_spec/generate.mjs. Do not edit.
import type { ConfigIdMapping } from './id_mapping.js';

/** A mount of a container. */
export interface ConfigMount {
  /** `mounts.source` of config.json. */
  readonly source?: string;
  /** `mounts.destination` of config.json. */
  readonly destination: string;
  /** `mounts.options` of config.json. */
  readonly options?: readonly string[];
  /** `mounts.type` of config.json. */
  readonly type?: string;
  /** `mounts.uidMappings` of config.json. */
  readonly uidMappings?: readonly ConfigIdMapping[];
  /** `mounts.gidMappings` of config.json. */
  readonly gidMappings?: readonly ConfigIdMapping[];
}
