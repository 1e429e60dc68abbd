import { describe, expect, test } from 'vitest';
import { messageChecker } from '../../../src/init/credible.js';
import { messageType } from '../../../src/protocol/numbers/messages.js';
import type { InitMessage } from '../../../src/sys/contract.js';
import { syncPoint, type Operation } from '../../../src/protocol/operations.js';

const operations: readonly Operation[] = [
  { op: 'respawn', cloneFlags: 0 },
  { op: 'sync', point: syncPoint.hooks },
  { op: 'seccomp', filterFlags: 0, listener: 1, filter: new Uint8Array() },
  { op: 'ready', listener: -1 },
];
const first = 70;

const message = (fields: Partial<InitMessage>): InitMessage => ({
  type: 0,
  operation: 0,
  op: 0,
  step: 0,
  errno: 0,
  value: 0,
  text: '',
  sender: first,
  fd: -1,
  ...fields,
});
const respawned = message({ type: messageType.respawned, value: 71 });
const hooks = message({ type: messageType.sync, operation: 1, value: syncPoint.hooks });
const listener = message({ type: messageType.sync, operation: 2, value: syncPoint.seccompListener });
const ready = message({ type: messageType.ready, operation: 3 });
const going = message({ type: messageType.going, operation: 2 });

const hear = (
  messages: readonly InitMessage[],
  planned: readonly Operation[] = operations,
  spawned: { first: number | undefined } = { first },
): void => {
  const believe = messageChecker({ operations: planned, phase: 'exec', ...spawned });
  messages.forEach(believe);
};

describe('a message of tsrun-init is accepted', () => {
  test('in the order of the plan', () => {
    expect(() => hear([respawned, hooks, listener, ready])).not.toThrow();
  });
  test('if it says "going on", in addition to the operation\'s other messages', () => {
    expect(() => hear([going, listener, ready])).not.toThrow();
  });
  test('if another process made the plan and it hands over a listener', () => {
    expect(() =>
      hear([message({ type: messageType.ready, operation: 5 }), { ...listener, operation: 9 }], [], { first: undefined }),
    ).not.toThrow();
  });
  test('if it is a failure or the end of the stream, which have no effect on the host', () => {
    expect(() =>
      hear([message({ type: messageType.failure, operation: 0xffffffff }), message({ type: messageType.hookFailed }), message({})]),
    ).not.toThrow();
  });
});

describe('a message of tsrun-init is refused', () => {
  test.each<readonly [string, readonly InitMessage[]]>([
    ['a sibling named by another process than the one that was spawned', [{ ...respawned, sender: 71 }]],
    ['a sibling named by nobody whom the kernel knows', [{ ...respawned, sender: 0 }]],
    ['a second sibling', [respawned, respawned]],
    ['going on, again and again', Array.from({ length: 9 }, () => going)],
    ['a sibling where the plan has none', [{ ...respawned, operation: 1 }]],
    ['a sibling behind what comes later', [hooks, respawned]],
    ['the same point again', [hooks, hooks]],
    ['another point than the planned one', [{ ...hooks, value: syncPoint.idMaps }]],
    ['a listener where there is no filter', [{ ...listener, operation: 1 }]],
    ['to be ready too early', [{ ...ready, operation: 0 }]],
    ['an operation that the plan does not have', [{ ...hooks, operation: 44 }]],
    ['to continue after an operation that executes nothing', [{ ...going, operation: 1 }]],
    ['a type that there is not', [message({ type: 77, operation: 3 })]],
  ])('if it is %s', (_, messages) => {
    expect(() => hear(messages)).toThrow(/unexpected message of type/);
  });
  test('if it names a sibling that nobody expects', () => {
    expect(() => hear([respawned], operations, { first: undefined })).toThrow(/unexpected message/);
  });
  test("if it asks `start` for the host's part", () => {
    expect(() => hear([{ ...hooks, operation: 0 }], [], { first: undefined })).toThrow(/unexpected message/);
  });
  test('if it hands over a listener for a filter that has none', () => {
    expect(() => hear([{ ...listener, operation: 0 }], [{ op: 'seccomp', filterFlags: 0, listener: 0, filter: new Uint8Array() }])).toThrow(
      /unexpected message/,
    );
  });
});
