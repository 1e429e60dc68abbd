import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameReader, mostPayload, type Frame } from '../../../src/shim/ttrpc/frame.js';

/** Gives the reader the bytes in pieces of these sizes. */
function inPieces(reader: FrameReader, bytes: Uint8Array, sizes: readonly number[]): readonly Frame[] {
  const frames: Frame[] = [];
  let rest = bytes;
  for (let index = 0; rest.length > 0; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    frames.push(...reader.push(rest.subarray(0, size)));
    rest = rest.subarray(size);
  }
  return frames;
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

const frame = fc.record({
  stream: fc.nat(0xffffffff),
  type: fc.nat(255),
  payload: fc.uint8Array({ maxLength: 300 }),
});

describe('a frame of ttrpc', () => {
  test('has its length, its stream, its type and no flags in front', () => {
    const bytes = encodeFrame({ stream: 0x01020304, type: 2, payload: Uint8Array.of(7, 8) });
    expect([...bytes]).toEqual([0, 0, 0, 2, 1, 2, 3, 4, 2, 0, 7, 8]);
  });

  test('is read as it was written, in whatever pieces it arrives', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (frames, sizes) => {
        const read = inPieces(new FrameReader(), joined(frames.map(encodeFrame)), sizes);
        expect(read.map(({ stream, type, payload }) => ({ stream, type, payload: [...(payload ?? [])] }))).toEqual(
          frames.map(({ stream, type, payload }) => ({ stream, type, payload: [...payload] })),
        );
      }),
    );
  });

  test('that is too long is discarded, and the next one is read', () => {
    const reader = new FrameReader();
    const long = encodeFrame({ stream: 1, type: 1, payload: new Uint8Array(mostPayload + 1) });
    const next = encodeFrame({ stream: 3, type: 1, payload: Uint8Array.of(9) });
    const read = inPieces(reader, new Uint8Array([...long.subarray(0, 10)]), [10]);
    expect(read).toEqual([]);
    const rest = [...inPieces(reader, long.subarray(10), [1 << 16]), ...reader.push(next)];
    expect(rest).toMatchObject([
      { stream: 1, payload: null },
      { stream: 3, payload: Uint8Array.of(9) },
    ]);
  });

  test('of the largest size is read', () => {
    const payload = new Uint8Array(mostPayload).fill(5);
    const [read] = inPieces(new FrameReader(), encodeFrame({ stream: 1, type: 1, payload }), [1 << 16]);
    expect(read?.payload?.length).toBe(mostPayload);
  });

  test('made of arbitrary bytes never fails to be read', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void new FrameReader().push(bytes)));
  });
});
