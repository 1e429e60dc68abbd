import { DevicePrograms } from '../cgroup/devices/attach.js';
import type { HostFacts } from '../host/facts.js';
import { readHostFacts } from '../host/read.js';
import { PlanCache } from './plans.js';
import { WrittenRecords } from '../state/written.js';
import type { ValidSpec } from '../spec/types.js';

const mostKept = 32;
/** Characters. The largest known configurations have some hundred thousand. */
const longestKept = 1 << 20;

/**
 * What a program that works on several containers remembers from one call to the next (decision 0023). A configuration is looked up by its
 * text and then neither parsed nor checked again, which is most of the time that a creation spends in JavaScript. What the checks read from
 * the host (its security modules, our capabilities) is assumed not to change.
 */
export class ProcessCache {
  readonly plans = new PlanCache();
  readonly programs = new DevicePrograms();
  readonly records = new WrittenRecords();
  readonly #specs = new Map<string, ValidSpec>();
  readonly #onTerminals = new WeakMap<ValidSpec, ValidSpec>();
  readonly #filters = new WeakMap<ValidSpec, Uint8Array | null>();
  #host: HostFacts | undefined;
  #creations = 0;

  /** Does the work of a creation. Passes to it whether another one was in progress when it began. */
  async creating<T>(work: (alone: boolean) => Promise<T>): Promise<T> {
    const alone = this.#creations++ === 0;
    try {
      return await work(alone);
    } finally {
      this.#creations--;
    }
  }

  get isCreating(): boolean {
    return this.#creations > 0;
  }

  readHost(): HostFacts {
    const host = readHostFacts(this.#host);
    this.#host ??= host;
    return host;
  }

  findSpec(text: string): ValidSpec | undefined {
    return this.#specs.get(text);
  }

  keepSpec(text: string, spec: ValidSpec): void {
    if (text.length > longestKept || this.#specs.has(text)) return;
    const [oldest] = this.#specs.keys();
    if (this.#specs.size >= mostKept && oldest !== undefined) this.#specs.delete(oldest);
    this.#specs.set(text, spec);
  }

  /** A configuration whose process has a terminal. It must be the same object each time: plans are looked up by it. */
  onTerminal(spec: ValidSpec, change: () => ValidSpec): ValidSpec {
    let changed = this.#onTerminals.get(spec);
    if (changed === undefined) this.#onTerminals.set(spec, (changed = change()));
    return changed;
  }

  /** The compiled seccomp filter of a configuration. */
  filter(spec: ValidSpec, compile: () => Uint8Array | null): Uint8Array | null {
    let filter = this.#filters.get(spec);
    if (filter === undefined) this.#filters.set(spec, (filter = compile()));
    return filter;
  }
}
