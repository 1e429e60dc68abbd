import { fromInit } from './failures/index.js';
import type { Phase } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { Fd, InitMessage } from '../sys/contract.js';
import { unknownOperation } from '../protocol/unknown_operation.js';
import { syncPoint, type Operation } from '../protocol/operations.js';
import { messageType } from '../protocol/numbers/messages.js';
import { messageChecker } from './credible.js';

export interface Handshake {
  readonly socket: Fd;
  /** Those of the plan; empty where another process made it. */
  readonly operations: readonly Operation[];
  readonly phase: Phase;
  /** Host work at a sync point (`syncPoint` in protocol/operations.ts); tsrun-init goes on when it is done. */
  readonly onSync: (message: InitMessage) => Promise<void> | void;
  /** Where the plan has mounts of the host: at the point `mountSource`, the detached mount to be sent, which is then closed. */
  readonly onMountSource?: (message: InitMessage) => Fd;
  /** Where the plan has a `respawn`. */
  readonly succession?: {
    /** The process that was spawned. */
    readonly first: number;
    /** The process of the container is now this one, a sibling of the first. It goes on before what is answered here is done. */
    readonly onRespawned: (pid: number) => () => Promise<void>;
  };
  /** Gets the message with which tsrun-init says that it is ready. */
  readonly onReady?: (message: InitMessage) => void;
  /** Whether a descriptor that comes along is taken. */
  readonly descriptor?: true;
  /** The pidfd of the process that is followed, where others may hold its end of the socket after it has died. */
  readonly process?: () => Fd;
  /** Asked again and again when nothing is heard for so long; throws, or the waiting goes on. */
  readonly silence?: { readonly milliseconds: number; readonly check: () => void };
}

/** The word that a process goes on, to execute its program, and the end of its stream; or that end, or its own, without the word. */
export type End = 'ready' | 'running' | 'died';

/** How long, in milliseconds, what a process has said before it died may need to arrive. */
const lastWords = 50;

/**
 * Follows tsrun-init until it is ready to be started, or until the user's program runs, or the process has died, which nobody else may take for success. A reported
 * failure is thrown.
 */
export async function follow(handshake: Handshake): Promise<End> {
  const { operations, phase, succession } = handshake;
  const believe = messageChecker({ operations, phase, first: succession?.first });
  let going = false;
  for (;;) {
    const message = await nextMessage(handshake);
    if (message === null) return going ? 'running' : 'died';
    believe(message);
    switch (message.type) {
      case messageType.closed:
        return going ? 'running' : 'died';
      case messageType.going:
        going = true;
        break;
      case messageType.ready:
        handshake.onReady?.(message);
        return 'ready';
      case messageType.sync:
        await serve(handshake, message);
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

/** Null where the process has died and has said no more. */
async function nextMessage({ socket, silence, descriptor, process }: Handshake): Promise<InitMessage | null> {
  const receive = (): InitMessage => sys().receive({ socket, descriptor: descriptor === true });
  for (;;) {
    const fds = process === undefined ? [socket] : [socket, process()];
    const readable = await sys().whenReadable({ fds, timeout: silence?.milliseconds ?? -1 });
    if (readable === 0) return receive();
    if (readable > 0) return (await sys().whenReadable({ fds: [socket], timeout: lastWords })) === 0 ? receive() : null;
    silence?.check();
  }
}

/** The host's part at a sync point. */
async function serve({ socket, onSync, onMountSource }: Handshake, message: InitMessage): Promise<void> {
  if (message.value !== syncPoint.mountSource || onMountSource === undefined) {
    await onSync(message);
    goOn(socket);
    return;
  }
  const fd = onMountSource(message);
  try {
    goOn(socket, fd);
  } finally {
    sys().close({ fd });
  }
}

/** Four zeros, as those of {@link Sys.reply}. */
const yes = '\0\0\0\0';

async function handOver({ socket, succession }: Handshake, pid: number): Promise<void> {
  const rest = succession?.onRespawned(pid);
  goOn(socket);
  await rest?.();
}

/** One that has died meanwhile is told by the end of the stream, behind what it has said. */
export function goOn(socket: Fd, fd?: Fd): void {
  try {
    if (fd === undefined) sys().reply({ socket, value: 0 });
    else sys().sendFd({ socket, fd, data: yes });
  } catch (error) {
    if (!isSystemError(error, 'EPIPE', 'ECONNRESET')) throw error;
  }
}
