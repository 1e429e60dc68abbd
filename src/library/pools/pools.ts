import type { SlotSource } from '../../container/warm/slot.js';
import type { WarmPool } from './warm_pool.js';

/** The open pools of a runtime, in order of creation. */
export class Pools {
  readonly #open = new Set<WarmPool>();

  get last(): WarmPool | null {
    return [...this.#open].at(-1) ?? null;
  }

  add(pool: WarmPool): void {
    this.#open.add(pool);
    pool.onClose(() => this.#open.delete(pool));
  }

  /** Pools for the container's own bundle come first. A pool for another bundle may fit, too, but is not meant for it. */
  readonly source: SlotSource = {
    match: (input, build) => {
      const pools = [...this.#open];
      const own = pools.filter((pool) => pool.isFor(input));
      for (const pool of [...own, ...pools.filter((pool) => !own.includes(pool))]) {
        const offer = pool.offer(input, build);
        if (offer !== null) return offer;
      }
      for (const pool of own.length === 0 ? pools : own) pool.missed();
      return null;
    },
  };

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((pool) => pool.close()));
  }
}
