import { dismissReaper } from '../container/warm/reaper.js';
import type { SlotMaker } from '../container/warm/prewarm.js';
import { discardSlot, isCurrent, type BuildPlan, type Offer, type WarmSlot, type SlotSource } from '../container/warm/slot.js';
import { fitSlot, type Fit } from '../container/warm/fit.js';
import { sys } from '../sys/call.js';
import type { CreateInput } from '../plan/types.js';

/** Milliseconds after a creation before the pool is refilled, so that making a slot does not slow down the container that is starting. */
const refillDelay = 5;

/**
 * Slots that are ready for containers: never more than its size, each used once. They end with the pool, and with this program, however it
 * ends. Made by `Runtime.prewarm`.
 */
export class WarmPool implements AsyncDisposable {
  /** How many slots it keeps. */
  readonly size: number;
  readonly #maker: SlotMaker;
  readonly #ready: WarmSlot[] = [];
  readonly #discarding = new Set<Promise<void>>();
  #warm = 0;
  #cold = 0;
  #failure: unknown;
  #timer: NodeJS.Timeout | undefined;
  /** The refill in progress. */
  #filling: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor({ size, maker }: { readonly size: number; readonly maker: SlotMaker }) {
    this.size = size;
    this.#maker = maker;
  }

  /** Number of slots that are ready now. */
  get ready(): number {
    return this.#ready.length;
  }

  /** Number of containers that used a slot. */
  get warm(): number {
    return this.#warm;
  }

  /** Number of containers that did not use a slot, because none was ready or none fitted. */
  get cold(): number {
    return this.#cold;
  }

  /** Why the last slot could not be made; undefined if it could. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Waits until the pool is full, making one slot after the other. The pool also refills itself shortly after each creation.
   * @throws RuntimeError if a slot cannot be made
   */
  async fill(): Promise<void> {
    await (this.#filling ??= this.#fill().finally(() => (this.#filling = undefined)));
  }

  /** Ends the slots. Containers that used slots of this pool continue. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  readonly source: SlotSource = { match: (input, build) => this.#match(input, build) };

  #match(input: CreateInput, build: BuildPlan): Offer | null {
    const found = this.#find(input, build);
    this.#refillLater();
    if (found === null) {
      this.#cold++;
      return null;
    }
    const { slot, fit } = found;
    const take = () => {
      this.#ready.splice(this.#ready.indexOf(slot), 1);
      slot.places.close();
      this.#warm++;
      return slot.spawned;
    };
    return { ...fit, take };
  }

  /** The oldest slot that fits. Slots that no container can use any more make room for new ones. */
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

  /** Only {@link close} waits for this. The reaper removes what this cannot. */
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

  /** The reaper, which is told in any case, removes what this cannot. */
  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#filling?.catch(() => undefined);
    for (const slot of this.#ready.splice(0)) this.#discard(slot);
    await Promise.all(this.#discarding);
    this.#maker.close();
    if (this.#maker.reaper !== null) await dismissReaper(this.#maker.reaper);
  }
}
