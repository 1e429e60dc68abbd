import { isSystemError } from '../../sys/call.js';
import type { Loop } from '../loop/index.js';
import { Client } from '../ttrpc/client.js';
import { encode, type Partially } from '../../protobuf/message.js';
import { events, forwardRequest, type Topic } from '../wire/events.js';
import { now } from '../wire/now.js';

export interface PublisherOptions {
  readonly loop: Loop;
  readonly namespace: string;
  /** TTRPC_ADDRESS; if it is empty, nothing is sent. */
  readonly address: string;
  readonly failed: (error: unknown) => void;
}

/** Encodes the event. */
type Waiting = () => Uint8Array;

const service = 'containerd.services.events.ttrpc.v1.Events';
const callMs = 5_000;
/** containerd may be down for a while, for example during an upgrade. */
const firstPauseMs = 250;
const longestPauseMs = 5_000;
/** Some hours of a busy pod. Beyond this, the oldest events are dropped. */
const mostWaiting = 10_000;

/**
 * Sends events to containerd in order: one after the other, because containerd serves requests concurrently. Events are queued while
 * containerd is down.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #client: Client;
  readonly #waiting: Waiting[] = [];
  readonly #flushed: (() => void)[] = [];
  #sending = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#client = new Client(options.loop, options.address.replace(/^unix:\/\//, ''));
  }

  publish<T extends Topic>(topic: T, event: Partially<(typeof events)[T]['fields']>): void {
    const { address, namespace } = this.#options;
    if (address === '') return;
    const { name, fields } = events[topic];
    const timestamp = now();
    if (this.#waiting.length >= mostWaiting) this.#waiting.shift();
    this.#waiting.push(() => {
      const value = encode<(typeof events)[T]['fields']>(fields, event);
      return encode(forwardRequest, { envelope: { timestamp, namespace, topic, event: { type_url: `containerd.events.${name}`, value } } });
    });
    if (this.#sending) return;
    this.#sending = true;
    // In the next turn: most events belong to a request, whose answer somebody waits for.
    this.#options.loop.after(0, () => void this.#send());
  }

  /** Resolves when every event has been sent, or after the timeout. */
  async flush(limitMs: number): Promise<void> {
    if (!this.#sending) return;
    await new Promise<void>((resolve) => {
      this.#flushed.push(resolve);
      this.#options.loop.after(limitMs, resolve);
    });
  }

  async #send(): Promise<void> {
    let pause = firstPauseMs;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        await this.#client.call({ service, method: 'Forward', payload: next(), timeoutMs: callMs });
        pause = firstPauseMs;
      } catch (error) {
        // containerd has read the event and refused it; a retry would be refused, too.
        const refused = !isSystemError(error) && isRefusal(error);
        this.#options.failed(error);
        if (!refused) {
          await new Promise<void>((resolve) => void this.#options.loop.after(pause, resolve));
          pause = Math.min(pause * 2, longestPauseMs);
          continue;
        }
      }
      if (this.#waiting[0] === next) this.#waiting.shift();
    }
    this.#sending = false;
    for (const tell of this.#flushed.splice(0)) tell();
  }
}

/** gRPC: "unavailable" concerns the connection, every other code the request. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code !== 14;
}
