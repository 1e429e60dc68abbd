// Written by scripts/runtime_spec/generate.mjs. Do not edit.
import type { ConfigHook } from './hook.js';
import type { ConfigMount } from './mount.js';
import type { ConfigProcess } from './process.js';
import type { ConfigLinux } from './linux.js';

/** A configuration: config.json of runtime-spec 1.3 for Linux, as its JSON schema has it. */
export interface Config {
  /** `ociVersion` of config.json. */
  readonly ociVersion: string;
  /** `hooks` of config.json. */
  readonly hooks?: {
    /** `hooks.prestart` of config.json. */
    readonly prestart?: readonly ConfigHook[];
    /** `hooks.createRuntime` of config.json. */
    readonly createRuntime?: readonly ConfigHook[];
    /** `hooks.createContainer` of config.json. */
    readonly createContainer?: readonly ConfigHook[];
    /** `hooks.startContainer` of config.json. */
    readonly startContainer?: readonly ConfigHook[];
    /** `hooks.poststart` of config.json. */
    readonly poststart?: readonly ConfigHook[];
    /** `hooks.poststop` of config.json. */
    readonly poststop?: readonly ConfigHook[];
  };
  /** `annotations` of config.json. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** `hostname` of config.json. */
  readonly hostname?: string;
  /** `domainname` of config.json. */
  readonly domainname?: string;
  /** `mounts` of config.json. */
  readonly mounts?: readonly ConfigMount[];
  /** `root` of config.json. */
  readonly root?: {
    /** `root.path` of config.json. */
    readonly path: string;
    /** `root.readonly` of config.json. */
    readonly readonly?: boolean;
  };
  /** `process` of config.json. */
  readonly process?: ConfigProcess;
  /** `linux` of config.json. */
  readonly linux?: ConfigLinux;
}
