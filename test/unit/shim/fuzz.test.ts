/** Damaged frames and messages: `TSRUN_FUZZ_RUNS=100000` tries as many of each kind. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameReader, type Frame } from '../../../src/shim/ttrpc/frame.js';
import { forwardRequest } from '../../../src/shim/wire/events.js';
import { decode, encode, MalformedMessage } from '../../../src/protobuf/message.js';
import * as messages from '../../../src/shim/wire/messages.js';

const runs = { numRuns: Number(process.env['TSRUN_FUZZ_RUNS'] ?? 300) };
const many = { timeout: 60_000 + runs.numRuns * 10 };

/** Every message that somebody else sends, with all of what it may have. */
const samples: readonly (readonly [object, Uint8Array])[] = [
  [
    messages.createTaskRequest,
    encode(messages.createTaskRequest, {
      id: 'box',
      bundle: '/b',
      rootfs: [{ type: 'overlay', source: 'overlay', options: ['lowerdir=/a:/b'] }],
      terminal: true,
      stdin: '/i',
      stdout: 'file:///o',
      options: { type_url: 'containerd.runc.v1.Options', value: Uint8Array.of(1, 2, 3) },
    }),
  ],
  [messages.execProcessRequest, encode(messages.execProcessRequest, { id: 'box', exec_id: 'e', spec: { type_url: 'p', value: '{}' } })],
  [messages.killRequest, encode(messages.killRequest, { id: 'box', exec_id: 'e', signal: 9 })],
  [messages.runcOptions, encode(messages.runcOptions, { root: '/run', binary_name: 'runc' })],
  [messages.bootstrapParams, encode(messages.bootstrapParams, { instance_id: 'box', namespace: 'default', socket_dir: '/s' })],
  [forwardRequest, encode(forwardRequest, { envelope: { namespace: 'n', topic: '/tasks/oom', timestamp: { seconds: 1, nanos: 2 } } })],
];

interface Damage {
  readonly at: number;
  readonly kind: 'change' | 'remove' | 'insert' | 'cut' | 'repeat';
  readonly byte: number;
}

const damage = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('change' as const, 'remove' as const, 'insert' as const, 'cut' as const, 'repeat' as const),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff)),
});

function damaged(bytes: Uint8Array, damages: readonly Damage[]): Uint8Array {
  let all = [...bytes];
  for (const { at, kind, byte } of damages) {
    const place = at % (all.length + 1);
    if (kind === 'change' && place < all.length) all[place] = byte;
    if (kind === 'remove') all.splice(place, 1);
    if (kind === 'insert') all.splice(place, 0, byte);
    if (kind === 'cut') all = all.slice(0, place);
    if (kind === 'repeat') all = [...all, ...all.slice(place)];
  }
  return Uint8Array.from(all);
}

describe('what is damaged', () => {
  test('as a message is refused as malformed, or is read as a message of its size', many, () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.array(damage, { minLength: 1, maxLength: 6 }), ([fields, bytes], damages) => {
        const text = damaged(bytes, damages);
        let message: object;
        try {
          message = decode(fields, text);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
          return;
        }
        // A byte that is no text becomes U+FFFD, which has three.
        expect(encode(fields, message).length).toBeLessThanOrEqual(3 * text.length);
      }),
      runs,
    );
  });

  test('as a frame gives the same frames in whatever pieces it arrives, and keeps no more than one', many, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 60 }),
        (sample, damages, size) => {
          const one = encodeFrame({ stream: 1, type: 1, payload: sample[1] });
          const bytes = damaged(Uint8Array.from([...one, ...one]), damages);
          const whole = new FrameReader().push(bytes);
          const reader = new FrameReader();
          const pieces: Frame[] = [];
          for (let at = 0; at < bytes.length; at += size) pieces.push(...reader.push(bytes.subarray(at, at + size)));
          expect(pieces).toEqual(whole);
          const taken = whole.reduce((sum, { payload }) => sum + 10 + (payload?.length ?? 0), 0);
          expect(taken).toBeLessThanOrEqual(bytes.length);
        },
      ),
      runs,
    );
  });
});
