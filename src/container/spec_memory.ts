import type { ValidSpec } from '../spec/types.js';

const mostKept = 32;
/** Characters. The largest known configurations have some hundred thousand. */
const longestKept = 1 << 20;

/**
 * Configurations that a program has used before, by their text. They are neither parsed nor checked again, which is most of the time that a creation spends in
 * JavaScript; what the checks asked of the host (its security modules, our capabilities) is taken to be as it was.
 */
export class SpecMemory {
  readonly #known = new Map<string, ValidSpec>();

  find(text: string): ValidSpec | undefined {
    return this.#known.get(text);
  }

  keep(text: string, spec: ValidSpec): void {
    if (text.length > longestKept || this.#known.has(text)) return;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= mostKept && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(text, spec);
  }
}
