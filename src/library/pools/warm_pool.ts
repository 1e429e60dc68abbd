import { dismissReaper } from '../../container/warm/reaper.js';
import type { SlotMaker } from '../../container/warm/prewarm.js';
import { discardSlot, isCurrent, type BuildPlan, type Offer, type WarmSlot } from '../../container/warm/slot.js';
import { signalOf } from '../arguments/signal_of.js';
import { unlessAborted, throwIfAborted } from '../aborting.js';
import { apart } from '../interruption.js';
import type { AbortOptions } from '../requests.js';
import { fitSlot, type Fit } from '../../container/warm/fit.js';
import { sys } from '../../sys/call.js';
import type { CreateInput } from '../../plan/types.js';
import type { PoolRequest } from './pool_request.js';
import { Target } from './target.js';

/**
 * Milliseconds from a creation until the pool is refilled, if no other container is being created by then; otherwise it looks again after
 * as many. A slot costs the program about as much as it saves a container, so it is made in time that no creation needs.
 */
const refillDelay = 5;

/** How often it looks before slots are made even though containers are being created: one may take long, for example for a hook. */
const mostLooks = 50;

/** How many slots are made at once: as many as libuv has threads, on which they are cloned. */
const atOnce = 4;

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
  /** How many slots the pool keeps at least. */
  readonly size: number;
  readonly #target: Target;
  readonly #maker: SlotMaker;
  readonly #isCreating: () => boolean;
  readonly #ready: WarmSlot[] = [];
  readonly #discarding = new Set<Promise<void>>();
  #warm = 0;
  #cold = 0;
  #failure: unknown;
  #timer: NodeJS.Timeout | undefined;
  /** How often it has looked in vain for time in which no container is created. */
  #looks = 0;
  /** Those that are being made. None of these fails. */
  readonly #making = new Set<Promise<void>>();
  /** One could not be made, so no more are begun. */
  #isFailing = false;
  /** Who waits until nothing is being made. */
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  /** Whether the cgroup of the slots exists. */
  #hasPlace = false;
  #closing: Promise<void> | undefined;
  #onClose: () => void = () => undefined;

  /** @internal */
  constructor(request: PoolRequest) {
    this.size = request.size;
    this.#isCreating = request.isCreating;
    this.#maker = request.maker;
    this.#target = new Target({ least: request.size, most: request.max, onLess: () => this.#shrink() });
  }

  /** How many slots are ready now. */
  get ready(): number {
    return this.#ready.length;
  }

  /**
   * How many slots the pool keeps now: more than `size`, at most `max` of {@link PrewarmRequest}, while containers come faster than slots
   * are made.
   */
  get target(): number {
    return this.#target.count;
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
   * Fills the pool, several slots at once, and resolves when it is full. The pool also fills itself, while the program
   * creates no container.
   *
   * @param options - An abort signal.
   * @throws {@link RuntimeError} What {@link Runtime.create} throws, if a slot cannot be made; `aborted` if the signal aborted: the pool
   * then keeps filling itself.
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
  async fill(options: AbortOptions = {}): Promise<void> {
    const signal = signalOf('fill', options);
    throwIfAborted(signal);
    this.#isFailing = false;
    const full = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#begin();
    if (this.#making.size === 0) this.#tellWaiting();
    await unlessAborted(full, signal);
  }

  /**
   * Ends the slots. Containers that came from slots keep running.
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

  /**
   * `await using pool = ...` closes the pool at the end of the block.
   * @throws Nothing.
   */
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
    if (this.#ready.length === 0 && this.#closing === undefined) this.#target.raise();
    this.#refill();
  }

  /** @internal */
  onClose(callback: () => void): void {
    this.#onClose = callback;
  }

  /** @internal */
  offer(input: CreateInput, build: BuildPlan): Offer | null {
    const found = this.#find(input, build);
    if (found === null) return null;
    const { slot, fit } = found;
    const take = () => {
      this.#ready.splice(this.#ready.indexOf(slot), 1);
      slot.places.close();
      this.#warm++;
      this.#refill();
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

  /** Begins to make what is missing, unless containers are being created and nobody waits for the pool. */
  #begin(): void {
    if (this.#waiting.length === 0 && this.#looks < mostLooks && this.#isCreating()) {
      if (this.#isShort()) this.#refill();
      return;
    }
    this.#looks = 0;
    // The first one makes the cgroup that all of them are in.
    const most = this.#hasPlace ? atOnce : 1;
    while (this.#isShort() && this.#making.size < most) {
      const making = this.#make().finally(() => {
        this.#making.delete(making);
        this.#begin();
        if (this.#making.size === 0) this.#tellWaiting();
      });
      this.#making.add(making);
    }
  }

  #tellWaiting(): void {
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#isFailing) reject(this.#failure);
      else resolve();
    }
  }

  #isShort(): boolean {
    return this.#closing === undefined && !this.#isFailing && this.#ready.length + this.#making.size < this.#target.count;
  }

  async #make(): Promise<void> {
    try {
      // Not a part of the call that it is made after.
      this.#ready.push(await apart(() => this.#maker.make()));
      this.#hasPlace = true;
      // Another one, made at the same time, may have failed.
      if (!this.#isFailing) this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      this.#isFailing = true;
    }
  }

  /** `failure` reports what could not be made; the next creation tries again. */
  #refill(): void {
    if (this.#closing !== undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#isFailing = false;
      this.#looks++;
      this.#begin();
    }, refillDelay).unref();
  }

  /** Fewer containers come than did. */
  #shrink(): void {
    for (const slot of this.#ready.splice(this.#target.count)) this.#discard(slot);
  }

  /** The reaper, which is told in any case, removes what this cannot. */
  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#target.close();
    await Promise.all(this.#making);
    for (const slot of this.#ready.splice(0)) this.#discard(slot);
    await Promise.all(this.#discarding);
    this.#maker.close();
    if (this.#maker.reaper !== null) await dismissReaper(this.#maker.reaper);
  }
}
