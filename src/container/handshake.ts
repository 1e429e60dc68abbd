import { fromInit } from '../errors/from_init.js';
import { RuntimeError, type Phase } from '../errors/runtime-error.js';
import { door } from '../native/call.js';
import type { Fd, InitMessage } from '../native/contract.js';
import { unknownOperation } from '../plan/unknown_operation.js';
import type { Operation } from '../plan/operations.js';

const messageType = { closed: 0, sync: 1, failure: 2, respawned: 3, ready: 4, hookFailed: 5 } as const;

export interface Handshake {
  readonly socket: Fd;
  /** Those of the plan; empty where another process made it. */
  readonly operations: readonly Operation[];
  readonly phase: Phase;
  /** Host work at a sync point (`syncPoint` in plan/operations.ts); tsrun-init goes on when it is done. */
  readonly onSync: (message: InitMessage) => Promise<void> | void;
  /** The process of the container is now this one, a sibling of the one that was spawned. It goes on before what is answered here is done. */
  readonly onRespawned?: (pid: number) => () => Promise<void>;
  /** Gets the message with which tsrun-init says that it is ready, and the descriptor that came along. */
  readonly onReady?: (message: InitMessage) => void;
  /** Asked when nothing was heard for so long after the last message; throws, or the waiting goes on without a limit until the next one. */
  readonly silence?: { readonly milliseconds: number; readonly check: () => void };
}

/**
 * Follows tsrun-init until it is ready to be started, or until the socket closes, which means that the user's program runs (or that
 * the process was killed: its pidfd tells). A reported failure is thrown.
 */
export async function follow(handshake: Handshake): Promise<'ready' | 'closed'> {
  for (;;) {
    const message = await nextMessage(handshake);
    switch (message.type) {
      case messageType.closed:
        return 'closed';
      case messageType.ready:
        handshake.onReady?.(message);
        return 'ready';
      case messageType.sync:
        await handshake.onSync(message);
        door().reply({ socket: handshake.socket, value: 0 });
        break;
      case messageType.respawned:
        if (handshake.onRespawned === undefined) throw unexpected(message);
        {
          const rest = handshake.onRespawned(message.value);
          door().reply({ socket: handshake.socket, value: 0 });
          await rest();
        }
        break;
      case messageType.failure:
      case messageType.hookFailed:
        throw fromInit({ message, operation: handshake.operations[message.operation] ?? unknownOperation(message.op), phase: handshake.phase });
      default:
        throw unexpected(message);
    }
  }
}

async function nextMessage({ socket, silence }: Handshake): Promise<InitMessage> {
  if (silence !== undefined && (await door().whenReadable({ fds: [socket], timeout: silence.milliseconds })) < 0) {
    silence.check();
    await door().whenReadable({ fds: [socket], timeout: -1 });
  } else if (silence === undefined) {
    await door().whenReadable({ fds: [socket], timeout: -1 });
  }
  return door().receive({ socket });
}

function unexpected(message: InitMessage): RuntimeError {
  return new RuntimeError(`follow tsrun-init: unexpected message of type ${message.type}`, { code: 'internal', phase: 'setup' });
}
