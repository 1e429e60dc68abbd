import { describe, expect, test } from 'vitest';
import { messageType } from '../../../src/protocol/numbers/messages.js';
import { follow } from '../../../src/init/handshake.js';
import type { InitMessage } from '../../../src/sys/contract.js';
import { bindFakeSys, systemError } from '../fake_sys.js';

const [socket, pidfd] = [10, 20];
const message = (fields: Partial<InitMessage>): InitMessage => ({
  type: 0,
  operation: 0,
  op: 0,
  step: 0,
  errno: 0,
  value: 0,
  text: '',
  sender: 0,
  fd: -1,
  ...fields,
});
const closed = message({ type: messageType.closed });
const going = message({ type: messageType.going });
const operations = [{ op: 'execute', preserve: 3, args: ['true'], environment: [] }] as const;

/** A tsrun-init that sends these messages. After `readable` of them the process is dead, even if others hold its socket. */
function bindInit(messages: InitMessage[], readable = messages.length, reply: () => void = () => undefined): void {
  let left = readable;
  bindFakeSys({
    overrides: {
      whenReadable: ({ fds }) => (left-- > 0 ? 0 : fds.length > 1 ? 1 : -1),
      receive: () => messages.shift() ?? closed,
      reply,
    },
  });
}

const following = { socket, operations, phase: 'exec', onSync: () => undefined, process: () => pidfd } as const;

describe('a tsrun-init that is followed', () => {
  test('runs its program if it said "going on" before its stream ended', async () => {
    bindInit([going, closed]);
    await expect(follow(following)).resolves.toBe('running');
  });
  test('has died if its stream ended without that message', async () => {
    bindInit([closed]);
    await expect(follow(following)).resolves.toBe('died');
  });
  test('has died if it ended, even if another process keeps its stream open', async () => {
    bindInit([], 0);
    await expect(follow(following)).resolves.toBe('died');
  });
  test('has died if it cannot be sent a reply', async () => {
    const sync = message({ type: messageType.sync, value: 3 });
    bindInit([sync, closed], 2, () => {
      throw systemError('EPIPE', 'send', 'fd 10');
    });
    await expect(follow({ ...following, operations: [{ op: 'sync', point: 3 }] })).resolves.toBe('died');
  });
  test('may still fail after it said "going on"', async () => {
    bindInit([going, message({ type: messageType.failure, step: 24, errno: 8 })]);
    await expect(follow(following)).rejects.toThrow(/exec format error/);
  });
});
