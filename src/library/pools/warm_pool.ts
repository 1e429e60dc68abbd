import { dismissReaper } from '../../container/warm/reaper.js';
import type { SlotMaker } from '../../container/warm/prewarm.js';
import { discardSlot, isCurrent, type BuildPlan, type Offer, type WarmSlot } from '../../container/warm/slot.js';
import { fitSlot, type Fit } from '../../container/warm/fit.js';
import { sys } from '../../sys/call.js';
import type { CreateInput } from '../../plan/types.js';

/** Milliseconds from a creation until the pool is refilled, so that making a slot does not delay the start of the container. */
const refillDelay = 5;

/**
 * Warm slots that are ready for containers; each slot is used once. {@link Runtime.prewarm} returns a pool. The slots end with the pool and
 * with this program, even if it is killed.
 *
 * @example
 * ```ts
 * import { Runtime } from '@tsrun/runtime';
 *
 * const runtime = new Runtime();
 * const pool = await runtime.prewarm({ count: 2, bundle: './hello' });
 * console.log(pool.size, pool.ready); // prints 2 2
 * await pool.close();
 * ```
 */
export class WarmPool implements AsyncDisposable {
  /** How many slots the pool keeps. */
  readonly size: number;
  readonly #maker: SlotMaker;
  readonly #ready: WarmSlot[] = [];
  readonly #discarding = new Set<Promise<void>>();
  #warm = 0;
  #cold = 0;
  #failure: unknown;
  #timer: NodeJS.Timeout | undefined;
  /** The filling in progress. */
  #filling: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #onClose: () => void = () => undefined;

  /** @internal */
  constructor({ size, maker }: { readonly size: number; readonly maker: SlotMaker }) {
    this.size = size;
    this.#maker = maker;
  }

  /** How many slots are ready now. */
  get ready(): number {
    return this.#ready.length;
  }

  /** How many containers came from a slot. */
  get warm(): number {
    return this.#warm;
  }

  /** How many containers did not come from a slot, because no slot was ready or none fitted. */
  get cold(): number {
    return this.#cold;
  }

  /** Why the last slot could not be made; undefined if it was made. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Fills the pool, one slot after the other, and resolves when it is full. The pool also fills itself shortly after each creation.
   *
   * @throws {@link RuntimeError} What {@link Runtime.create} throws, if a slot cannot be made.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * await using pool = await runtime.prewarm({ count: 1, bundle: './hello' });
   * await runtime.run({ bundle: './hello' });
   * await pool.fill();
   * console.log(pool.ready); // prints 1
   * ```
   */
  async fill(): Promise<void> {
    await (this.#filling ??= this.#fill().finally(() => (this.#filling = undefined)));
  }

  /**
   * Ends the slots. Containers that came from slots go on.
   *
   * @throws Nothing. A process that outlives this program removes what cannot be removed now.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * const pool = await runtime.prewarm({ count: 1, bundle: './hello' });
   * await pool.close();
   * console.log(pool.ready); // prints 0
   * ```
   */
  close(): Promise<void> {
    this.#onClose();
    return (this.#closing ??= this.#close());
  }

  /** `await using pool = ...` closes the pool at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Whether the pool is meant for the container.
   *
   * @internal
   */
  isFor(input: CreateInput): boolean {
    return this.#maker.isFor(input);
  }

  /**
   * Counts a container that should have come from a slot.
   *
   * @internal
   */
  missed(): void {
    this.#cold++;
    this.#refillLater();
  }

  /** @internal */
  onClose(callback: () => void): void {
    this.#onClose = callback;
  }

  /** @internal */
  offer(input: CreateInput, build: BuildPlan): Offer | null {
    const found = this.#find(input, build);
    if (found === null) return null;
    this.#refillLater();
    const { slot, fit } = found;
    const take = () => {
      this.#ready.splice(this.#ready.indexOf(slot), 1);
      slot.places.close();
      this.#warm++;
      return slot.spawned;
    };
    return { ...fit, take };
  }

  /** Takes the oldest slot that fits. Ends slots that no container can use any more. */
  #find(input: CreateInput, build: BuildPlan): { readonly slot: WarmSlot; readonly fit: Fit } | null {
    for (;;) {
      const [slot] = this.#ready;
      if (slot === undefined) return null;
      if (!sys().hasHalted({ pidfd: slot.spawned.pidfd })) {
        const fit = fitSlot(input, slot, build);
        if (fit === null ? !this.#isOutdated(input, slot) : isCurrent(slot)) return fit === null ? null : { slot, fit };
      }
      this.#ready.shift();
      this.#discard(slot);
    }
  }

  /** Whether a slot is for the container's bundle as it was before. */
  #isOutdated(input: CreateInput, slot: WarmSlot): boolean {
    if (!this.#maker.isFor(input)) return false;
    try {
      return this.#maker.isOutdated(slot);
    } catch (error) {
      this.#failure = error;
      return true;
    }
  }

  /** Only {@link close} waits for this. The reaper removes what cannot be removed here. */
  #discard(slot: WarmSlot): void {
    const discarding = discardSlot(slot)
      .catch(() => undefined)
      .finally(() => this.#discarding.delete(discarding));
    this.#discarding.add(discarding);
  }

  async #fill(): Promise<void> {
    while (this.#closing === undefined && this.#ready.length < this.size) {
      try {
        this.#ready.push(await this.#maker.make());
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error;
        throw error;
      }
    }
  }

  #refillLater(): void {
    if (this.#closing !== undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // `failure` reports it; the next creation tries again.
      this.fill().catch(() => undefined);
    }, refillDelay).unref();
  }

  /** Tells the reaper in any case; it removes what cannot be removed here. */
  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#filling?.catch(() => undefined);
    for (const slot of this.#ready.splice(0)) this.#discard(slot);
    await Promise.all(this.#discarding);
    this.#maker.close();
    if (this.#maker.reaper !== null) await dismissReaper(this.#maker.reaper);
  }
}
