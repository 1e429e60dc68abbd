import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { envelope, events, forwardRequest } from '../../../src/shim/wire/events.js';
import { bytes, decode, encode, MalformedMessage, string, uint64 } from '../../../src/protobuf/message.js';
import * as messages from '../../../src/shim/wire/messages.js';
import { metrics } from '../../../src/shim/wire/metrics.js';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Every message that somebody else may send. */
const received = {
  createTaskRequest: messages.createTaskRequest,
  execProcessRequest: messages.execProcessRequest,
  request: messages.request,
  response: messages.response,
  runcOptions: messages.runcOptions,
  bootstrapParams: messages.bootstrapParams,
  updateTaskRequest: messages.updateTaskRequest,
  killRequest: messages.killRequest,
};

describe('a message', () => {
  // Written by protoc from containerd's task.proto: id "box", bundle "/b", an overlay mount, a terminal, and options.
  const create = '0a03626f7812022f621a1b0a076f7665726c617912076f7665726c61792207696e6465783d30' + '20012a022f69520b0a096f70745f747970653a';

  test('is decoded by its field numbers', () => {
    const truncated = create.slice(0, -'520b0a096f70745f747970653a'.length);
    expect(decode(messages.createTaskRequest, bytesOf(truncated))).toEqual({
      id: 'box',
      bundle: '/b',
      rootfs: [{ type: 'overlay', source: 'overlay', target: '', options: ['index=0'] }],
      terminal: true,
      stdin: '/i',
      stdout: '',
      stderr: '',
      checkpoint: '',
      parent_checkpoint: '',
      options: undefined,
    });
  });

  test('is encoded with its field numbers, without what is absent', () => {
    const exit = { container_id: 'box', id: 'box', pid: 300, exit_status: 137, exited_at: { seconds: 1, nanos: 2 } };
    expect(hex(encode(events['/tasks/exit'].fields, exit))).toBe('0a03626f781203626f7818ac02208901' + '2a0408011002');
    expect(hex(encode(messages.stateResponse, { id: 'x', pid: 0, exit_status: 0 }))).toBe('0a0178');
    expect(hex(encode(messages.stateResponse, {}))).toBe('');
  });

  test('comes back as it was', () => {
    const sent = {
      timestamp: { seconds: 1_700_000_000, nanos: 999_999_999 },
      namespace: 'k8s.io',
      topic: '/tasks/oom',
      event: { type_url: 'containerd.events.TaskOOM', value: Uint8Array.of(1, 2, 255) },
    };
    expect(decode(forwardRequest, encode(forwardRequest, { envelope: sent })).envelope).toEqual(sent);
    expect(decode(envelope, encode(envelope, sent))).toEqual(sent);
  });

  test('has negative numbers in ten bytes, as int64 has', () => {
    const bytes = encode(messages.timestamp, { seconds: -62_135_596_800 });
    expect(bytes.length).toBe(11);
    expect(decode(messages.timestamp, bytes).seconds).toBe(-62_135_596_800);
  });

  test('has text of any language', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decode({ text: string(1) }, encode({ text: string(1) }, { text })).text).toBe(text);
      }),
    );
  });

  test('has U+FFFD for what is no text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (value) => {
        const { text } = decode({ text: string(1) }, encode({ text: bytes(1) }, { text: value }));
        // How many characters stand for one mistake is a matter of taste.
        const plain = (read: string): string => read.replace(/\ufffd+/g, '\ufffd');
        expect(plain(text)).toBe(plain(new TextDecoder('utf-8', { ignoreBOM: true }).decode(value)));
      }),
    );
  });

  test('has numbers up to 2^53, and "no limit" as the largest number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(decode({ value: uint64(1) }, encode({ value: uint64(1) }, { value })).value).toBe(value);
      }),
    );
    expect(hex(encode({ value: uint64(1) }, { value: Infinity }))).toBe('08ffffffffffffffffff01');
    expect(hex(encode({ value: uint64(1) }, { value: 5 }))).toBe('0805');
  });

  test('skips unknown fields of every wire type', () => {
    const unknown = 'f8ff0301' + 'f9ff030102030405060708' + 'faff03020102' + 'fdff0301020304';
    expect(decode(messages.containerRequest, bytesOf(`${unknown}0a0162${unknown}`))).toEqual({ id: 'b' });
  });

  test.each([
    ['ends inside a number', '0a'],
    ['ends inside text', '0a05616263'],
    ['has text longer than four gigabytes', '0affffffff0f61'],
    ['has a field of another type', '0801'],
    ['has an unknown wire type', '0b'],
    ['ends inside an unknown field', 'f9ff0301'],
    ['has a number of more than ten bytes', 'f8ff03ffffffffffffffffffffff01'],
  ])('that %s is malformed', (_name, text) => {
    expect(() => decode(messages.containerRequest, bytesOf(text))).toThrow(MalformedMessage);
  });

  test('inside another one ends with it', () => {
    // The inner message claims one byte more than the outer one has.
    expect(() => decode(messages.createTaskRequest, bytesOf('1a030a0261'))).toThrow(MalformedMessage);
  });

  test('with very many elements is read in linear time', () => {
    const mounts = Uint8Array.from({ length: 1 << 20 }, (_, index) => (index % 2 === 0 ? 0x1a : 0));
    const before = performance.now();
    expect(decode(messages.createTaskRequest, mounts).rootfs.length).toBe(1 << 19);
    expect(performance.now() - before).toBeLessThan(20_000);
  });

  test.each(Object.entries(received))('%s of arbitrary bytes is read or malformed', (_name, fields) => {
    const read = (bytes: Uint8Array): void => {
      try {
        decode<object>(fields, bytes);
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), read));
    // And with one byte of a good message changed.
    const good = bytesOf(create);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        read(good.map((value, index) => (index === at ? byte : value)));
      }),
    );
  });

  test('of metrics has the numbers of containerd/cgroups', () => {
    const bytes = encode(metrics, {
      pids: { current: 1, limit: Infinity },
      memory: { usage: 2, swap_max_usage: 3 },
      hugetlb: [{ pagesize: '2MB' }],
    });
    expect(hex(bytes)).toBe('0a0d' + '080110ffffffffffffffffff01' + '2206' + '800202' + 'a80203' + '3a05' + '1a03324d42');
  });
});
