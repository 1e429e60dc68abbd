import { fromInit } from '../errors/from_init.js';
import type { Phase } from '../errors/runtime-error.js';
import { door } from '../native/call.js';
import type { Fd, InitMessage } from '../native/contract.js';
import { unknownOperation } from '../plan/unknown_operation.js';
import type { Operation } from '../plan/operations.js';
import { believer, messageType } from './credible.js';

export interface Handshake {
  readonly socket: Fd;
  /** Those of the plan; empty where another process made it. */
  readonly operations: readonly Operation[];
  readonly phase: Phase;
  /** Host work at a sync point (`syncPoint` in plan/operations.ts); tsrun-init goes on when it is done. */
  readonly onSync: (message: InitMessage) => Promise<void> | void;
  /** Where the plan has a `respawn`. */
  readonly succession?: {
    /** The process that was spawned. */
    readonly first: number;
    /** The process of the container is now this one, a sibling of the first. It goes on before what is answered here is done. */
    readonly onRespawned: (pid: number) => () => Promise<void>;
  };
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
  const { operations, phase, succession } = handshake;
  const believe = believer({ operations, phase, first: succession?.first });
  for (;;) {
    const message = await nextMessage(handshake);
    believe(message);
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
        await handOver(handshake, message.value);
        break;
      case messageType.failure:
      case messageType.hookFailed:
        throw fromInit({ message, operation: operations[message.operation] ?? unknownOperation(message.op), phase });
    }
  }
}

async function nextMessage({ socket, silence, onReady }: Handshake): Promise<InitMessage> {
  if (silence !== undefined && (await door().whenReadable({ fds: [socket], timeout: silence.milliseconds })) < 0) {
    silence.check();
    await door().whenReadable({ fds: [socket], timeout: -1 });
  } else if (silence === undefined) {
    await door().whenReadable({ fds: [socket], timeout: -1 });
  }
  return door().receive({ socket, descriptor: onReady !== undefined });
}

async function handOver({ socket, succession }: Handshake, pid: number): Promise<void> {
  const rest = succession?.onRespawned(pid);
  door().reply({ socket, value: 0 });
  await rest?.();
}
