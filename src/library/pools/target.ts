/** Milliseconds without a container that came too soon, after which fewer slots are kept. */
const calm = 5000;

export interface TargetRequest {
  readonly least: number;
  readonly most: number;
  /** Called when the count has become less. */
  readonly onLess: () => void;
}

/**
 * How many slots a pool keeps: half as many more each time a container finds none, and a quarter fewer after each calm time. Slots that
 * wait cost kernel memory, so there is a bound.
 */
export class Target {
  readonly #least: number;
  readonly #most: number;
  readonly #onLess: () => void;
  #count: number;
  #timer: NodeJS.Timeout | undefined;

  constructor({ least, most, onLess }: TargetRequest) {
    this.#least = least;
    this.#most = most;
    this.#onLess = onLess;
    this.#count = least;
  }

  get count(): number {
    return this.#count;
  }

  raise(): void {
    this.#count = Math.min(this.#most, Math.ceil(this.#count * 1.5));
    if (this.#count === this.#least) return;
    this.#timer ??= setTimeout(() => this.#lower(), calm).unref();
    this.#timer.refresh();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #lower(): void {
    this.#count = Math.max(this.#least, Math.floor(this.#count * 0.75));
    if (this.#count > this.#least) this.#timer?.refresh();
    else this.#timer = undefined;
    this.#onLess();
  }
}
