// Written by scripts/runtime_spec/generate.mjs. Do not edit.

/** A program that is run at some moment in the life of a container. */
export interface ConfigHook {
  /** `hooks.*.path` of config.json. */
  readonly path: string;
  /** `hooks.*.args` of config.json. */
  readonly args?: readonly string[];
  /** `hooks.*.env` of config.json. */
  readonly env?: readonly string[];
  /** `hooks.*.timeout` of config.json. */
  readonly timeout?: number;
}
