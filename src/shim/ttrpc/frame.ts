/** The types of a message of ttrpc (github.com/containerd/ttrpc, PROTOCOL.md). */
export const frameType = { request: 1, response: 2, data: 3 } as const;

export const headerSize = 10;
/** The most that a message may have. */
export const mostPayload = 4 << 20;

/** Most messages are no longer. */
const firstSize = 16 << 10;

export interface Frame {
  readonly stream: number;
  readonly type: number;
  readonly flags: number;
  /** null if it was longer than {@link mostPayload} and was discarded as it arrived. */
  readonly payload: Uint8Array | null;
}

export function encodeFrame({ stream, type, payload }: { stream: number; type: number; payload: Uint8Array }): Uint8Array {
  const frame = new Uint8Array(headerSize + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length);
  view.setUint32(4, stream);
  view.setUint8(8, type);
  frame.set(payload, headerSize);
  return frame;
}

type Header = Omit<Frame, 'payload'> & { readonly length: number };
type Incomplete = Frame & Header;

/** Assembles frames from pieces of any size. Keeps at most one frame. */
export class FrameReader {
  readonly #header = new Uint8Array(headerSize);
  #current: Incomplete | null = null;
  /** How many bytes of the header, or after it of the payload, have arrived. */
  #length = 0;

  /** Returns the frames that are complete with these bytes. */
  push(bytes: Uint8Array): readonly Frame[] {
    const frames: Frame[] = [];
    for (let rest = bytes; ;) {
      rest = this.#current === null ? this.#takeHeader(rest) : this.#takePayload(rest, this.#current);
      // A payload of no bytes is complete with its header.
      if (this.#current !== null && this.#length === this.#current.length) frames.push(this.#finish(this.#current));
      else if (rest.length === 0) return frames;
    }
  }

  #takeHeader(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, headerSize - this.#length);
    this.#header.set(taken, this.#length);
    this.#length += taken.length;
    if (this.#length === headerSize) {
      const header = parse(this.#header);
      this.#current = { ...header, payload: header.length > mostPayload ? null : new Uint8Array(Math.min(header.length, firstSize)) };
      this.#length = 0;
    }
    return bytes.subarray(taken.length);
  }

  #takePayload(bytes: Uint8Array, { length, payload }: Incomplete): Uint8Array {
    const taken = bytes.subarray(0, length - this.#length);
    if (payload !== null) this.#withRoom(payload, this.#length + taken.length, length).set(taken, this.#length);
    this.#length += taken.length;
    return bytes.subarray(taken.length);
  }

  /** The memory of a frame grows with what arrives, not with what its header announces. */
  #withRoom(payload: Uint8Array, needed: number, length: number): Uint8Array {
    if (needed <= payload.length || this.#current === null) return payload;
    const larger = new Uint8Array(Math.min(Math.max(needed, payload.length * 2), length));
    larger.set(payload.subarray(0, this.#length));
    this.#current = { ...this.#current, payload: larger };
    return larger;
  }

  #finish({ length: _length, ...frame }: Incomplete): Frame {
    this.#current = null;
    this.#length = 0;
    return frame;
  }
}

function parse(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer);
  return { length: view.getUint32(0), stream: view.getUint32(4), type: view.getUint8(8), flags: view.getUint8(9) };
}
