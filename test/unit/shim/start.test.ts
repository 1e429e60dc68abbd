import { beforeEach, describe, expect, test } from 'vitest';
import { removeDeadSocket } from '../../../src/shim/socket.js';
import { start } from '../../../src/shim/start.js';
import { parseFlags } from '../../../src/shim/flags.js';
import { encode } from '../../../src/protobuf/message.js';
import { bootstrapParams } from '../../../src/shim/wire/messages.js';
import type { Sys } from '../../../src/sys/contract.js';
import { bindFakeSys, systemError } from '../fake_sys.js';

/** The server of the group ends between the moment when its socket is found and that when it is removed. */
const endsMeanwhile: Partial<Sys> = {
  isListening: () => false,
  unlink: ({ path }) => {
    throw systemError('ENOENT', 'unlink', path);
  },
};

describe('while the server of a group ends', () => {
  let input: Uint8Array[];
  let written: string[];
  let binds: number;

  function bind(more: Partial<Sys> = {}): void {
    [input, written, binds] = [[encode(bootstrapParams, { instance_id: 'box', namespace: 'n', socket_dir: '/s' })], [], 0];
    const address = `unix:///s/${'0'.repeat(64)}`;
    bindFakeSys({
      files: { '/b/address': address },
      directories: ['/s'],
      overrides: {
        readSome: () => input.shift() ?? new Uint8Array(0),
        variable: () => null,
        digest: () => '0'.repeat(64),
        lockDirectory: () => 9,
        close: () => undefined,
        replaceFile: () => undefined,
        listenUnix: ({ path }) => {
          if (binds++ === 0) throw systemError('EADDRINUSE', 'bind', path);
          return 10;
        },
        writeText: ({ text }) => void written.push(text),
        ...endsMeanwhile,
        ...more,
      },
    });
  }

  beforeEach(() => {
    bind();
  });

  test('start makes another one', async () => {
    const forked: number[] = [];
    await start(parseFlags(['-id', 'box', 'start']), { fork: ({ socket }) => forked.push(socket), dismiss: () => undefined });
    expect(forked).toEqual([10]);
    expect(written).toEqual([`{"version":3,"address":"unix:///s/${'0'.repeat(64)}","protocol":"ttrpc"}`]);
  });

  test('the reason why start cannot is that of the fork', async () => {
    const fork = () => {
      throw systemError('EAGAIN', 'fork', '');
    };
    await expect(start(parseFlags(['-id', 'box', 'start']), { fork, dismiss: () => undefined })).rejects.toMatchObject({ errno: 'EAGAIN' });
  });

  test('delete has nothing to remove', async () => {
    const socket = { kind: 'socket' } as ReturnType<Sys['status']>;
    bind({ status: () => socket });
    await expect(removeDeadSocket('/b')).resolves.toBeUndefined();
  });
});
