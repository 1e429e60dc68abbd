import type { Descriptors } from './kernel/descriptors.js';

export interface Wait {
  readonly fds: readonly number[];
  readonly resolve: (index: number) => void;
}

/** The waits without a limit. */
export class Waits {
  readonly #descriptors: Descriptors;
  #waiting: Wait[] = [];

  constructor(descriptors: Descriptors) {
    this.#descriptors = descriptors;
  }

  add(wait: Wait): void {
    this.#waiting.push(wait);
  }

  /** Ends waits that are over. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wait of waiting) {
      const ready = wait.fds.findIndex((fd) => this.#descriptors.open.has(fd) && this.#descriptors.readable(fd));
      if (ready >= 0) wait.resolve(ready);
      else this.#waiting.push(wait);
    }
  }
}
